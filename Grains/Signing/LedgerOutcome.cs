using Cloud.Protocol.Crypto;

namespace Cloud.Grains.Signing;

/// <summary>What the signing ledger gives.</summary>
public abstract record LedgerOutcome
{
    private LedgerOutcome()
    {
    }

    /// <summary>The signature; its record is durable.</summary>
    /// <param name="Signature">The signature.</param>
    public sealed record Signed(Signature Signature) : LedgerOutcome;

    /// <summary>Signing would be equivocation, or nobody can tell that it would not.</summary>
    /// <param name="Message">What was signed before.</param>
    public sealed record Refused(string Message) : LedgerOutcome;

    /// <summary>The record could not be made durable, or the key did not answer: asking again may help.</summary>
    /// <param name="Message">What failed.</param>
    public sealed record Failed(string Message) : LedgerOutcome;
}
