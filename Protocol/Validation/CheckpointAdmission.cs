namespace Cloud.Protocol.Validation;

/// <summary>What a pool does with a checkpoint proposal and the last chunk in it.</summary>
/// <param name="Checkpoint">The decision about the checkpoint.</param>
/// <param name="LastChunk">The decision about the chunk; null where there is none.</param>
/// <param name="Validity">What the peer is told.</param>
public sealed record CheckpointAdmission(PoolAdmission Checkpoint, PoolAdmission? LastChunk, Validity Validity)
{
    /// <summary>Whether the checkpoint is processed.</summary>
    public bool ProcessCheckpoint => Validity is Validity.Accepted && Checkpoint is PoolAdmission.Added { Count: 1 };

    /// <summary>Whether the chunk is processed: also out of a checkpoint that is a duplicate or over its cap.</summary>
    public bool ProcessLastChunk => LastChunk is PoolAdmission.Added { Count: 1 };

    /// <summary>Whether the chunk alone is forwarded, as evidence.</summary>
    public bool ForwardLastChunk => LastChunk is PoolAdmission.Equivocation;
}
