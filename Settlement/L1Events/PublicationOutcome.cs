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

    /// <summary>The contract refuses it: nothing was paid, or the transaction reverted.</summary>
    /// <param name="Reason">Which rule.</param>
    public sealed record Rejected(PublicationFault Reason) : PublicationOutcome;

    /// <summary>Its time is over, and it is not in the chain.</summary>
    public sealed record Expired : PublicationOutcome;
}
