namespace Cloud.Settlement.Publishing;

/// <summary>What became of a publication. <see cref="Landed"/>, <see cref="Expired"/> and <see cref="PostedElsewhere"/> are the end of it.</summary>
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

    /// <summary>Its transaction is mined where the contract refuses it, as before the slot opens: its fee is lost. It is sent again, once the contract would take it and as long as there is time.</summary>
    /// <param name="Job">The publication.</param>
    /// <param name="Where">The block.</param>
    public sealed record Refused(PublicationJob Job, Inclusion Where) : PublicationOutcome(Job);

    /// <summary>It is mined in a block that stays.</summary>
    /// <param name="Job">The publication.</param>
    /// <param name="Where">The block.</param>
    public sealed record Landed(PublicationJob Job, Inclusion Where) : PublicationOutcome(Job);

    /// <summary>It did not land, and never will: its time ran out, in vain or after a transaction that the contract refused.</summary>
    /// <param name="Job">The publication.</param>
    /// <param name="Cost">The block with the transaction that the contract refused, whose fee is lost, once; null where none of its transactions was mined.</param>
    public sealed record Expired(PublicationJob Job, Inclusion? Cost = null) : PublicationOutcome(Job);

    /// <summary>The contract has it, or would refuse it: nothing was spent on it.</summary>
    /// <param name="Job">The publication.</param>
    public sealed record PostedElsewhere(PublicationJob Job) : PublicationOutcome(Job);

    /// <summary>Another transaction of the key has used up its nonce; it is to be queued again.</summary>
    /// <param name="Job">The publication.</param>
    /// <param name="Nonce">The nonce.</param>
    public sealed record NonceTaken(PublicationJob Job, ulong Nonce) : PublicationOutcome(Job);
}
