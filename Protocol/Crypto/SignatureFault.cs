namespace Cloud.Protocol.Crypto;

/// <summary>Why a signature is refused before any curve arithmetic. A closed set; <see cref="None"/> means well-formed.</summary>
public enum SignatureFault
{
    /// <summary>Well-formed.</summary>
    None,

    /// <summary>The encoding is not 65 bytes long.</summary>
    Length,

    /// <summary>The recovery id v is none of the values that the decoder accepts, or the y parity is neither 0 nor 1.</summary>
    RecoveryId,

    /// <summary>r is zero or not below the group order.</summary>
    ROutOfRange,

    /// <summary>s is zero or not below the group order.</summary>
    SOutOfRange,

    /// <summary>s is above half the group order (EIP-2): the same signature has a second, low form.</summary>
    HighS,
}
