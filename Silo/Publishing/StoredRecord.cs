namespace Cloud.Silo.Publishing;

/// <summary>A record of the publisher as grain storage keeps it.</summary>
[GenerateSerializer]
[Alias("PublicationRecord")]
internal sealed class StoredRecord
{
    /// <summary>Its canonical encoding; empty for none.</summary>
    [Id(0)]
    public byte[] Encoded { get; set; } = [];
}
