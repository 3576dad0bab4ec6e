using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Validation;

/// <summary>Whether a pool keeps a valid message (building-in-chunks 2.4 and 2.5). The pool asks and stores in one step.</summary>
public static class PoolRules
{
    /// <summary>Decides about a message.</summary>
    /// <param name="caps">The caps.</param>
    /// <param name="statement">The message's statement.</param>
    /// <param name="known">The distinct payload hashes kept for its position, and for attestations for its signer.</param>
    /// <param name="isOwn">Whether a key of this node signed it: an own attestation is never turned away.</param>
    /// <returns>What to do.</returns>
    public static PoolAdmission Admit(PoolCaps caps, in Statement statement, ReadOnlySpan<Hash256> known, bool isOwn = false)
    {
        ArgumentNullException.ThrowIfNull(caps);
        if (known.Contains(statement.PayloadHash))
        {
            return new PoolAdmission.AlreadyKnown();
        }

        bool uncapped = isOwn && IsAttestation(statement.Duty.Kind);
        if (known.Length >= CapOf(caps, statement.Duty.Kind) && !uncapped)
        {
            return new PoolAdmission.OverCap();
        }

        return known.Length == 1 ? new PoolAdmission.Equivocation() : new PoolAdmission.Added(known.Length + 1);
    }

    /// <summary>What the peer that sent a message is told.</summary>
    /// <param name="admission">The pool's decision.</param>
    /// <param name="kind">The kind of message.</param>
    /// <param name="signer">Who signed it.</param>
    /// <returns>Equivocation counts as accepted, so that the evidence spreads.</returns>
    public static Validity ToValidity(PoolAdmission admission, MessageKind kind, Address signer) => admission switch
    {
        PoolAdmission.AlreadyKnown => new Validity.Ignored(IgnoreReason.Duplicate),
        PoolAdmission.OverCap when IsAttestation(kind) => new Validity.Ignored(IgnoreReason.PositionFull),
        PoolAdmission.OverCap => new Validity.Rejected(RejectReason.PositionFull, PeerPenalty.HighTolerance),
        _ => new Validity.Accepted(signer),
    };

    /// <summary>Decides about a valid checkpoint proposal together with its last chunk.</summary>
    /// <param name="caps">The caps.</param>
    /// <param name="proposal">The proposal.</param>
    /// <param name="signer">Who signed it.</param>
    /// <param name="knownCheckpoints">Payload hashes kept for the slot.</param>
    /// <param name="knownChunks">Payload hashes kept for the last chunk's position; empty where there is none.</param>
    /// <returns>The decision about both, and the outcome for the checkpoint.</returns>
    public static CheckpointAdmission Admit(
        PoolCaps caps, CheckpointProposal proposal, Address signer, ReadOnlySpan<Hash256> knownCheckpoints, ReadOnlySpan<Hash256> knownChunks)
    {
        ArgumentNullException.ThrowIfNull(proposal);
        PoolAdmission? chunk = proposal.LastChunk is { } lastChunk ? Admit(caps, lastChunk.Header.Statement, knownChunks) : null;
        PoolAdmission checkpoint = Admit(caps, proposal.Header.Statement, knownCheckpoints);
        Validity validity = chunk switch
        {
            PoolAdmission.OverCap => new Validity.Rejected(RejectReason.PositionFull, PeerPenalty.HighTolerance),
            PoolAdmission.Equivocation => new Validity.Rejected(RejectReason.LastChunkEquivocates, PeerPenalty.MidTolerance),
            _ => ToValidity(checkpoint, MessageKind.CheckpointProposal, signer),
        };
        return new CheckpointAdmission(checkpoint, chunk, validity);
    }

    /// <summary>Whether a chunk of a slot may still be processed, given the slot's checkpoint proposals.</summary>
    /// <param name="index">The chunk's index.</param>
    /// <param name="checkpoints">Distinct checkpoint proposals of the slot.</param>
    /// <param name="chunksInCheckpoint">How many chunks the only one of them names.</param>
    /// <returns>The first rule that forbids it, or that none does.</returns>
    public static ChunkProcessing MayProcess(uint index, int checkpoints, uint chunksInCheckpoint) =>
        checkpoints > 1 ? ChunkProcessing.CheckpointEquivocated
        : checkpoints == 1 && index >= chunksInCheckpoint ? ChunkProcessing.BeyondCheckpoint
        : ChunkProcessing.Allowed;

    private static bool IsAttestation(MessageKind kind) => kind is MessageKind.ChunkAttestation or MessageKind.CheckpointAttestation;

    private static int CapOf(PoolCaps caps, MessageKind kind) => kind switch
    {
        MessageKind.Flashblock => caps.FlashblocksPerPosition,
        MessageKind.ChunkProposal => caps.ChunksPerPosition,
        MessageKind.CheckpointProposal => caps.CheckpointsPerSlot,
        _ => caps.AttestationsPerSigner,
    };
}
