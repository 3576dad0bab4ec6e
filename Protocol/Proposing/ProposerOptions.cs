namespace Cloud.Protocol.Proposing;

/// <summary>What a proposer decides by itself.</summary>
public sealed record ProposerOptions
{
    /// <summary>Transactions that a chunk needs; 0 allows an empty first chunk. Later chunks of a slot need at least one: an empty one could not be proven.</summary>
    public int MinTransactions { get; init; } = 1;

    /// <summary>Whether a slot without transactions gets one empty chunk at its end, and so a checkpoint.</summary>
    public bool BuildCheckpointIfEmpty { get; init; } = true;

    /// <summary>Whether the committee attests chunks by themselves. Otherwise no chunk ever has a certificate, and the checkpoint's quorum speaks for all of them.</summary>
    public bool ExpectsCertificates { get; init; } = true;
}
