namespace Cloud.Grains.Publishing;

/// <summary>Publications that are not finished, as they are stored.</summary>
[GenerateSerializer]
[Alias("PublisherState")]
public sealed record PublisherState
{
    /// <summary>The publications, oldest first.</summary>
    [Id(0)]
    public List<StoredPublication> Pending { get; set; } = [];
}
