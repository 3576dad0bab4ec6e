namespace Cloud.Gateway.Tracing;

/// <summary>What a trace tells.</summary>
internal enum TracerKind
{
    /// <summary>Each instruction (go-ethereum's struct logger).</summary>
    Steps,

    /// <summary><c>callTracer</c>: the tree of calls.</summary>
    Calls,

    /// <summary><c>prestateTracer</c>: the accounts and slots that are touched, or changed.</summary>
    Prestate,

    /// <summary><c>4byteTracer</c>: which functions are called how often.</summary>
    Selectors,

    /// <summary><c>noopTracer</c>: nothing.</summary>
    Nothing,
}
