namespace Cloud.Gateway.JsonRpc;

/// <summary>The names that blocks go by (execution-apis; what they mean here: design, section 1).</summary>
internal enum BlockTag
{
    /// <summary>The oldest block.</summary>
    Earliest,

    /// <summary>The newest final block.</summary>
    Finalized,

    /// <summary>The newest block on L1.</summary>
    Safe,

    /// <summary>The newest sealed block; <c>unsafe</c> is another word for it.</summary>
    Latest,

    /// <summary>The newest flashblock.</summary>
    Pending,
}
