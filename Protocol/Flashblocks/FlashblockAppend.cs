using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Flashblocks;

/// <summary>What adding a flashblock to a block gives.</summary>
public abstract record FlashblockAppend
{
    private FlashblockAppend()
    {
    }

    /// <summary>It was added.</summary>
    /// <param name="Header">Header of the block as if it ended here; its hash is the one that the flashblock names.</param>
    public sealed record Appended(BlockHeader Header) : FlashblockAppend;

    /// <summary>It breaks a rule and was not added.</summary>
    /// <param name="Fault">The rule.</param>
    public sealed record Refused(FlashblockFault Fault) : FlashblockAppend;

    /// <summary>The header that the stream gives has another hash than the flashblock names. It was not added.</summary>
    /// <param name="Named">The flashblock's block hash.</param>
    /// <param name="Computed">The header's.</param>
    public sealed record HashMismatch(Hash256 Named, Hash256 Computed) : FlashblockAppend;
}
