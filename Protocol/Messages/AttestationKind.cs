namespace Cloud.Protocol.Messages;

/// <summary>What a committee member's signature says.</summary>
public enum AttestationKind : byte
{
    /// <summary>The member has the data and will serve it. Says nothing about validity.</summary>
    Stored = 1,

    /// <summary>The member has the data, re-executed it and got the same state.</summary>
    Executed = 2,

    /// <summary>The member has seen a certificate and will not help to publish anything that contradicts it.</summary>
    Locked = 3,
}
