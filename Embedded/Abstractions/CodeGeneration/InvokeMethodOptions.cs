namespace Orleans.CodeGeneration;

/// <summary>How a request is delivered and scheduled.</summary>
[Flags]
public enum InvokeMethodOptions
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>No response.</summary>
    OneWay = 1,

    /// <summary>Interleaves with other read-only requests.</summary>
    ReadOnly = 2,

    /// <summary>Interleaves with every request.</summary>
    AlwaysInterleave = 4,

    /// <summary>Has no effect.</summary>
    Unordered = 8,
}
