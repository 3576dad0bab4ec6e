namespace Cloud.Settlement.Blobs;

/// <summary>How a body is compressed.</summary>
public enum BodyCompression : byte
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>Brotli (RFC 7932), window of at most 24 bits.</summary>
    Brotli = 1,
}
