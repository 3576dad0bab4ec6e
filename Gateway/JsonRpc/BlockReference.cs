using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.JsonRpc;

/// <summary>Which block a caller means (EIP-1898).</summary>
internal abstract record BlockReference
{
    private BlockReference()
    {
    }

    /// <summary>The newest flashblock.</summary>
    public static Tagged Pending { get; } = new(BlockTag.Pending);

    /// <summary>The newest sealed block.</summary>
    public static Tagged Latest { get; } = new(BlockTag.Latest);

    /// <summary>The head of a view.</summary>
    /// <param name="Tag">The view.</param>
    public sealed record Tagged(BlockTag Tag) : BlockReference;

    /// <summary>A block of the chain by its height.</summary>
    /// <param name="Number">The height.</param>
    public sealed record ByNumber(ulong Number) : BlockReference;

    /// <summary>The newest block of the chain with a state, or with a hash.</summary>
    /// <param name="Anchor">Root of the state after the block, or the block's hash.</param>
    public sealed record ByAnchor(Hash256 Anchor) : BlockReference;

    /// <summary>A block by its hash.</summary>
    /// <param name="Hash">The hash.</param>
    public sealed record ByHash(Hash256 Hash) : BlockReference;
}
