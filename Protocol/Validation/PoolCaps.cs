namespace Cloud.Protocol.Validation;

/// <summary>How many distinct messages of one position are kept, at least 2 (building-in-chunks 2.4). Two are enough to prove equivocation; more are only a way to fill memory.</summary>
/// <param name="CheckpointsPerSlot">Checkpoint proposals of a slot.</param>
/// <param name="ChunksPerPosition">Chunk proposals of a (slot, index).</param>
/// <param name="FlashblocksPerPosition">Flashblocks of a (slot, chunk, index).</param>
/// <param name="AttestationsPerSigner">Attestations of a duty and signer.</param>
public sealed record PoolCaps(int CheckpointsPerSlot, int ChunksPerPosition, int FlashblocksPerPosition, int AttestationsPerSigner)
{
    /// <summary>Two of everything.</summary>
    public static PoolCaps Default { get; } = new(CheckpointsPerSlot: 2, ChunksPerPosition: 2, FlashblocksPerPosition: 2, AttestationsPerSigner: 2);
}
