namespace Cloud.Settlement.L1;

/// <summary>L1's blob parameters from some time on (EIP-4844, EIP-7691, EIP-7892).</summary>
/// <param name="ActivationTime">From which time, Unix seconds.</param>
/// <param name="Target">Blobs in a block at which the price stays.</param>
/// <param name="Max">Most blobs in a block.</param>
/// <param name="UpdateFraction">How slowly the price moves.</param>
public readonly record struct BlobParameters(ulong ActivationTime, ulong Target, ulong Max, ulong UpdateFraction);
