namespace Cloud.Protocol.Crypto;

/// <summary>Why a BLS12-381 precompile refuses its input (EIP-2537). A closed set; <see cref="None"/> means done.</summary>
public enum Bls12381Fault
{
    /// <summary>Done.</summary>
    None,

    /// <summary>The input has a length that the operation does not take; none takes an empty one.</summary>
    Length,

    /// <summary>The first 16 of a field element's 64 bytes are not zero.</summary>
    FieldElementPadding,

    /// <summary>A field element is not below the modulus of the base field.</summary>
    FieldElementOutOfRange,

    /// <summary>A point is not on its curve.</summary>
    NotOnCurve,

    /// <summary>A point of G1 is on the curve and outside the subgroup of prime order.</summary>
    NotInG1,

    /// <summary>A point of G2 is on the curve and outside the subgroup of prime order.</summary>
    NotInG2,
}
