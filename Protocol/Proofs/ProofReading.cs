namespace Cloud.Protocol.Proofs;

/// <summary>What reading a proof gives.</summary>
public abstract record ProofReading
{
    private ProofReading()
    {
    }

    /// <summary>The text is a proof; whether it proves anything is for <see cref="ProofVerifier"/> to say.</summary>
    /// <param name="Proof">The proof.</param>
    public sealed record Ok(TransactionProof Proof) : ProofReading;

    /// <summary>The text is no proof.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Refused(string Reason) : ProofReading;
}
