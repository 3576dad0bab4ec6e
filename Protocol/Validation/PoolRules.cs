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
    /// <returns>What to do.</returns>
    public static PoolAdmission Admit(PoolCaps caps, in Statement statement, ReadOnlySpan<Hash256> known)
    {
        ArgumentNullException.ThrowIfNull(caps);
        if (known.Contains(statement.PayloadHash))
        {
            return new PoolAdmission.AlreadyKnown();
        }

        return known.Length >= CapOf(caps, statement.Duty.Kind) ? new PoolAdmission.OverCap()
            : known.Length == 1 ? new PoolAdmission.Equivocation()
            : new PoolAdmission.Added(known.Length + 1);
    }

    private static int CapOf(PoolCaps caps, MessageKind kind) => kind switch
    {
        MessageKind.Flashblock => caps.FlashblocksPerPosition,
        MessageKind.ChunkProposal => caps.ChunksPerPosition,
        MessageKind.CheckpointProposal => caps.CheckpointsPerSlot,
        _ => caps.AttestationsPerSigner,
    };
}
