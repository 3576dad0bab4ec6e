namespace Cloud.Settlement.L1Events;

/// <summary>What became of a publication.</summary>
public abstract record PublicationOutcome
{
    private PublicationOutcome()
    {
    }

    /// <summary>It is in an L1 block. A reorganisation can still take it out.</summary>
    /// <param name="Number">Number of the checkpoint.</param>
    /// <param name="Block">The block.</param>
    public sealed record Landed(ulong Number, L1BlockRef Block) : PublicationOutcome;

    /// <summary>It cannot be posted, or the contract would refuse it: nothing was paid.</summary>
    /// <param name="Reason">Which rule.</param>
    public sealed record Rejected(PublicationFault Reason) : PublicationOutcome;

    /// <summary>It is not in the chain, and nobody posts it again: its time is over, or its transaction was mined where the contract refused it, and its fee is lost.</summary>
    public sealed record Expired : PublicationOutcome;
}
