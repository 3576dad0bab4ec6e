namespace Cloud.Protocol.Flashblocks;

/// <summary>Why a frame of a flashblock stream is refused.</summary>
public enum FrameFault
{
    /// <summary>The frame, or what it decompresses to, is longer than <see cref="FlashblockFraming.MaxLength"/>.</summary>
    TooLarge,

    /// <summary>Neither text nor one complete brotli stream.</summary>
    InvalidCompression,

    /// <summary>The decompressed text is not UTF-8.</summary>
    InvalidText,

    /// <summary>The text is not one JSON object.</summary>
    InvalidJson,

    /// <summary>There is no metadata.</summary>
    MissingMetadata,

    /// <summary>Another required key is missing.</summary>
    MissingField,

    /// <summary>The value of a key is not of its form.</summary>
    InvalidField,

    /// <summary>An array has too many items.</summary>
    TooMany,
}
