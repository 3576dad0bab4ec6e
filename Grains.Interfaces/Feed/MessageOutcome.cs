namespace Cloud.Grains.Interfaces.Feed;

/// <summary>What a grain did with a message.</summary>
public enum MessageOutcome
{
    /// <summary>It has its effect.</summary>
    Accepted,

    /// <summary>It is there already.</summary>
    Duplicate,

    /// <summary>An attestation: it came before the proposal, counts, and waits for it.</summary>
    Early,

    /// <summary>An attestation: it came after the certificate was complete, and is recorded.</summary>
    Late,

    /// <summary>A second payload of one signer at one position: kept as evidence, and nothing else.</summary>
    Equivocation,

    /// <summary>The position holds as many messages as are kept.</summary>
    OverCap,

    /// <summary>Validation ignores it, without blame.</summary>
    Ignored,

    /// <summary>Validation refuses it.</summary>
    Rejected,

    /// <summary>It belongs to another grain.</summary>
    WrongPosition,

    /// <summary>Its signer may not sign it.</summary>
    WrongSigner,

    /// <summary>The grain's key is no position of this rollup, or none that messages can be for now.</summary>
    NoSuchPosition,

    /// <summary>This node cannot tell who may sign in the slot.</summary>
    CommitteeUnknown,

    /// <summary>The message takes more room than is allowed.</summary>
    TooLarge,
}
