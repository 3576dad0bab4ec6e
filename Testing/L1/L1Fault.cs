namespace Cloud.Testing.L1;

/// <summary>What can go wrong between a client and its L1 node.</summary>
public enum L1Fault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The connection breaks before the node sees the request.</summary>
    Disconnect,

    /// <summary>The node does what was asked, but the connection breaks before the answer.</summary>
    LoseReply,

    /// <summary>The request is answered late.</summary>
    Delay,

    /// <summary>The request is never answered.</summary>
    TimeOut,

    /// <summary>The node gets the request twice.</summary>
    Duplicate,

    /// <summary>The node gets the request after one that was sent later.</summary>
    Reorder,

    /// <summary>A load balancer answers with HTTP status 503.</summary>
    ServerError,

    /// <summary>A JSON-RPC error says that there are too many requests.</summary>
    RateLimit,

    /// <summary>Of transactions: the pool takes it and loses it. Otherwise nothing.</summary>
    DropTransaction,

    /// <summary>Of transactions: the pool finds that it pays too little. Otherwise nothing.</summary>
    Underprice,
}
