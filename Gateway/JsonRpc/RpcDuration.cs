namespace Cloud.Gateway.JsonRpc;

/// <summary>Which of the time-outs in <see cref="RpcOptions"/> a method has.</summary>
internal enum RpcDuration
{
    /// <summary>None: it looks something up, and is done at once.</summary>
    Instant,

    /// <summary><see cref="RpcOptions.MethodTimeout"/>.</summary>
    Call,

    /// <summary><see cref="RpcOptions.TraceTimeout"/>.</summary>
    Trace,

    /// <summary>The method keeps its own deadline.</summary>
    Own,
}
