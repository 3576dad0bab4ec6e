using Cloud.Protocol.Primitives;
using Cloud.Replica.Chain;

namespace Cloud.Replica.Statuses;

/// <summary>Where a transaction is, with what shows it. The cases are in order: each promises more than the one before.</summary>
public abstract record TransactionStatus
{
    private TransactionStatus()
    {
    }

    /// <summary>The place in the order; 0 for dropped, which promises nothing.</summary>
    public abstract int Level { get; }

    /// <summary>The pool has given it up.</summary>
    /// <param name="Reason">Why, for the user.</param>
    public sealed record Dropped(string Reason) : TransactionStatus
    {
        /// <inheritdoc/>
        public override int Level => 0;
    }

    /// <summary>In the pool.</summary>
    public sealed record Pending : TransactionStatus
    {
        internal static readonly Pending Instance = new();

        /// <inheritdoc/>
        public override int Level => 1;
    }

    /// <summary>In a flashblock that its producer signed.</summary>
    /// <param name="Slot">The slot.</param>
    /// <param name="Chunk">Index of the chunk in the slot.</param>
    /// <param name="Flashblock">Index of the flashblock in the chunk.</param>
    /// <param name="PayloadHash">What the producer signed.</param>
    public sealed record Preconfirmed(ulong Slot, uint Chunk, uint Flashblock, Hash256 PayloadHash) : TransactionStatus
    {
        /// <inheritdoc/>
        public override int Level => 2;
    }

    /// <summary>In a sealed chunk that was re-executed here.</summary>
    /// <param name="Place">Where.</param>
    public sealed record Proposed(TransactionPlace Place) : TransactionStatus
    {
        /// <inheritdoc/>
        public override int Level => 3;
    }

    /// <summary>In a chunk that a quorum of the committee signed.</summary>
    /// <param name="Place">Where.</param>
    public sealed record Attested(TransactionPlace Place) : TransactionStatus
    {
        /// <inheritdoc/>
        public override int Level => 4;
    }

    /// <summary>In a checkpoint on L1. Its depth is the distance of <see cref="L1Proof.Block"/> to L1's head.</summary>
    /// <param name="Place">Where.</param>
    /// <param name="Proof">Where L1 shows it.</param>
    public sealed record Checkpointed(TransactionPlace Place, L1Proof Proof) : TransactionStatus
    {
        /// <inheritdoc/>
        public override int Level => 5;
    }

    /// <summary>In a proven checkpoint.</summary>
    /// <param name="Place">Where.</param>
    /// <param name="Proof">Where L1 shows it.</param>
    public sealed record Proven(TransactionPlace Place, L1Proof Proof) : TransactionStatus
    {
        /// <inheritdoc/>
        public override int Level => 6;
    }

    /// <summary>Its proof is in a final L1 block.</summary>
    /// <param name="Place">Where.</param>
    /// <param name="Proof">Where L1 shows it.</param>
    public sealed record Finalized(TransactionPlace Place, L1Proof Proof) : TransactionStatus
    {
        /// <inheritdoc/>
        public override int Level => 7;
    }
}
