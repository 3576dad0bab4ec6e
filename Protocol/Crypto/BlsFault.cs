namespace Cloud.Protocol.Crypto;

/// <summary>Why a BLS signature, key or proof of possession is refused. A closed set; <see cref="None"/> means done, or valid.</summary>
public enum BlsFault
{
    /// <summary>Done, or valid.</summary>
    None,

    /// <summary>A part of the input has another length than the operation takes, or there are no keys or no signatures.</summary>
    Length,

    /// <summary>A secret key is zero or not below the group order.</summary>
    InvalidSecretKey,

    /// <summary>A public key is no compressed point of G1, is outside the subgroup, or is the point at infinity.</summary>
    InvalidPublicKey,

    /// <summary>A signature is no compressed point of G2, or is outside the subgroup.</summary>
    InvalidSignature,

    /// <summary>All is well-formed, and the signature is not that of these keys over this message.</summary>
    SignatureMismatch,
}
