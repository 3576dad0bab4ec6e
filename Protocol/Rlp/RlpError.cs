namespace Cloud.Protocol.Rlp;

/// <summary>Why an RLP encoding is refused (yellow paper appendix B; only the canonical form is accepted).</summary>
public enum RlpError : byte
{
    /// <summary>Nothing is wrong so far.</summary>
    None,

    /// <summary>The input ends before the item does.</summary>
    Truncated,

    /// <summary>Bytes are left after the last expected item.</summary>
    TrailingBytes,

    /// <summary>A length, or a single byte, is not encoded in the shortest form.</summary>
    NonCanonicalLength,

    /// <summary>An integer or a length has a leading zero byte.</summary>
    LeadingZero,

    /// <summary>A value is wider than its field, or a length is larger than any input can be.</summary>
    Overflow,

    /// <summary>Lists are nested deeper than <see cref="RlpReader.MaxDepth"/>.</summary>
    TooDeep,

    /// <summary>A list stands where a string is expected, or the other way round.</summary>
    WrongKind,

    /// <summary>A string of fixed width is shorter than its field.</summary>
    TooShort,
}
