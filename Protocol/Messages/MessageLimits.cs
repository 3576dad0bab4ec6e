namespace Cloud.Protocol.Messages;

/// <summary>Sizes that decoding refuses to exceed. They bound memory; what a slot may hold is a matter of validation.</summary>
public static class MessageLimits
{
    /// <summary>Longest proposal or flashblock in bytes.</summary>
    public const int MaxProposalLength = 10 * 1024 * 1024;

    /// <summary>Longest attestation in bytes.</summary>
    public const int MaxAttestationLength = 5 * 1024;

    /// <summary>Longest certificate in bytes: the signatures of the largest committee, and what goes with them.</summary>
    public const int MaxCertificateLength = 80 * 1024;

    /// <summary>Longest evidence in bytes: a proposal and what goes with it.</summary>
    public const int MaxEvidenceLength = MaxProposalLength + (64 * 1024);

    /// <summary>Most transactions of a chunk.</summary>
    public const int MaxTransactionsPerChunk = 65_536;

    /// <summary>Most withdrawals of a flashblock.</summary>
    public const int MaxWithdrawals = 16;
}
