using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Flashblocks;

/// <summary>What a receiver does with a flashblock that is valid by itself (flashblocks 4.5). Only <see cref="Extend"/>, <see cref="Open"/> and <see cref="Replace"/> change what is pending.</summary>
public abstract record FlashblockDecision
{
    private FlashblockDecision()
    {
    }

    /// <summary>Add it to the newest chunk.</summary>
    public sealed record Extend : FlashblockDecision;

    /// <summary>It starts a chunk on top of what is there.</summary>
    public sealed record Open : FlashblockDecision;

    /// <summary>It starts another chunk in place of a pending one, as after a failed slot: drop the pending chunks from that height up, and say which transactions were lost.</summary>
    /// <param name="BlockNumber">Lowest height to drop.</param>
    public sealed record Replace(ulong BlockNumber) : FlashblockDecision;

    /// <summary>It is known: count it, nothing else.</summary>
    public sealed record Duplicate : FlashblockDecision;

    /// <summary>Another one is known at its position: keep that one, and raise the offence.</summary>
    /// <param name="Known">Payload hash of the one that came first.</param>
    public sealed record Equivocation(Hash256 Known) : FlashblockDecision;

    /// <summary>Earlier ones are missing: ask for them, and hold this one for a bounded time.</summary>
    /// <param name="Expected">Index of the first missing one.</param>
    public sealed record Gap(uint Expected) : FlashblockDecision;

    /// <summary>Its chunk is not known yet: hold it for a bounded time.</summary>
    public sealed record Hold : FlashblockDecision;

    /// <summary>It is about a height that is settled, or a slot older than what is pending.</summary>
    public sealed record Stale : FlashblockDecision;

    /// <summary>It contradicts what is pending: refuse it, and keep what is there.</summary>
    /// <param name="Fault">How.</param>
    public sealed record Refuse(FlashblockFault Fault) : FlashblockDecision;
}
