using System.Collections.Immutable;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Proposing;

/// <summary>What a <see cref="ProposerMachine"/> wants done, in order.</summary>
public abstract record ProposerEffect
{
    private ProposerEffect()
    {
    }

    /// <summary>Open a fork of the state at a block.</summary>
    /// <param name="Block">Its hash.</param>
    public sealed record OpenFork(Hash256 Block) : ProposerEffect;

    /// <summary>Build a chunk, and answer with one of <see cref="ProposerInput.ChunkBuilt"/>, <see cref="ProposerInput.TooFewTransactions"/>, <see cref="ProposerInput.BuildFailed"/>.</summary>
    /// <param name="Index">Index of the chunk.</param>
    /// <param name="SubSlot">The window.</param>
    /// <param name="Deadline">When it is sealed.</param>
    /// <param name="MinTransactions">With fewer valid ones, roll back.</param>
    /// <param name="IsLast">Whether the header says that it is the slot's last chunk.</param>
    /// <param name="IsResumed">Whether stored flashblocks of the chunk come first.</param>
    public sealed record BuildChunk(uint Index, int SubSlot, DateTimeOffset Deadline, int MinTransactions, bool IsLast, bool IsResumed) : ProposerEffect;

    /// <summary>A window is left out.</summary>
    /// <param name="SubSlot">The window.</param>
    public sealed record SkipSubSlot(int SubSlot) : ProposerEffect;

    /// <summary>Sign, through the ledger.</summary>
    /// <param name="Statement">What to sign.</param>
    public sealed record Sign(Statement Statement) : ProposerEffect;

    /// <summary>Make a chunk durable.</summary>
    /// <param name="Proposal">The chunk.</param>
    public sealed record StoreChunk(ChunkProposal Proposal) : ProposerEffect;

    /// <summary>Send a chunk out.</summary>
    /// <param name="Proposal">The chunk.</param>
    public sealed record BroadcastChunk(ChunkProposal Proposal) : ProposerEffect;

    /// <summary>Keep the last chunk: it travels in the checkpoint proposal.</summary>
    /// <param name="Proposal">The chunk.</param>
    public sealed record HoldLastChunk(ChunkProposal Proposal) : ProposerEffect;

    /// <summary>Chunks that are not in the checkpoint: their transactions go back to the pool, and their promises are broken.</summary>
    /// <param name="Chunks">The chunks.</param>
    public sealed record LeaveOut(ImmutableArray<ChunkProposal> Chunks) : ProposerEffect;

    /// <summary>Make the checkpoint durable.</summary>
    /// <param name="Proposal">The checkpoint.</param>
    public sealed record StoreCheckpoint(CheckpointProposal Proposal) : ProposerEffect;

    /// <summary>Send the checkpoint out.</summary>
    /// <param name="Proposal">The checkpoint.</param>
    public sealed record SendCheckpoint(CheckpointProposal Proposal) : ProposerEffect;

    /// <summary>Have the checkpoint posted.</summary>
    /// <param name="Header">The checkpoint.</param>
    /// <param name="Certificate">Its certificate.</param>
    /// <param name="NotBefore">The earliest instant to send.</param>
    /// <param name="Expires">The last useful one.</param>
    public sealed record RequestPublish(CheckpointHeader Header, CheckpointCertificate Certificate, DateTimeOffset NotBefore, DateTimeOffset Expires) : ProposerEffect;

    /// <summary>Give the slot up.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Abandon(AbandonReason Reason) : ProposerEffect;

    /// <summary>Come back with <see cref="ProposerInput.Tick"/> at an instant.</summary>
    /// <param name="At">The instant.</param>
    public sealed record WakeAt(DateTimeOffset At) : ProposerEffect;
}
