namespace Cloud.Settlement.Publishing;

/// <summary>What became of a publication. <see cref="Landed"/>, <see cref="Reverted"/>, <see cref="Expired"/> and <see cref="PostedElsewhere"/> are the end of it.</summary>
/// <param name="Job">The publication.</param>
public abstract record PublicationOutcome(PublicationJob Job)
{
    /// <summary>It is mined, and may still be removed by a reorg.</summary>
    /// <param name="Job">The publication.</param>
    /// <param name="Where">The block.</param>
    public sealed record Mined(PublicationJob Job, Inclusion Where) : PublicationOutcome(Job);

    /// <summary>A reorg has removed it; it is sent again.</summary>
    /// <param name="Job">The publication.</param>
    public sealed record Removed(PublicationJob Job) : PublicationOutcome(Job);

    /// <summary>It is mined in a block that stays.</summary>
    /// <param name="Job">The publication.</param>
    /// <param name="Where">The block.</param>
    public sealed record Landed(PublicationJob Job, Inclusion Where) : PublicationOutcome(Job);

    /// <summary>The contract refused it, in a block that stays.</summary>
    /// <param name="Job">The publication.</param>
    /// <param name="Where">The block.</param>
    public sealed record Reverted(PublicationJob Job, Inclusion Where) : PublicationOutcome(Job);

    /// <summary>Its time ran out before it was mined.</summary>
    /// <param name="Job">The publication.</param>
    public sealed record Expired(PublicationJob Job) : PublicationOutcome(Job);

    /// <summary>The contract has it, or would refuse it: nothing was spent on it.</summary>
    /// <param name="Job">The publication.</param>
    public sealed record PostedElsewhere(PublicationJob Job) : PublicationOutcome(Job);

    /// <summary>Another transaction of the key has used up its nonce; it is to be queued again.</summary>
    /// <param name="Job">The publication.</param>
    /// <param name="Nonce">The nonce.</param>
    public sealed record NonceTaken(PublicationJob Job, ulong Nonce) : PublicationOutcome(Job);
}
