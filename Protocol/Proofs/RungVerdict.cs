namespace Cloud.Protocol.Proofs;

/// <summary>What checking one rung gave.</summary>
/// <param name="Status">The status that it is about.</param>
/// <param name="Fault">What is wrong; none where everything that can be checked offline is right.</param>
/// <param name="Detail">A sentence for the reader.</param>
/// <param name="ToConfirm">What remains to be looked up on L1; null for nothing.</param>
public sealed record RungVerdict(string Status, ProofFault Fault, string Detail, L1Anchor? ToConfirm)
{
    /// <summary>Whether everything that can be checked offline is right.</summary>
    public bool IsValid => Fault == ProofFault.None;
}
