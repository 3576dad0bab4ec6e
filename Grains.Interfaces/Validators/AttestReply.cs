namespace Cloud.Grains.Interfaces.Validators;

/// <summary>An attestation, or why there is none.</summary>
/// <typeparam name="T">The attestation.</typeparam>
/// <param name="Attestation">The attestation; null where there is none.</param>
/// <param name="Reason">Why there is none; empty otherwise.</param>
/// <param name="MayRetry">Whether asking again can give one: the ledger could not be written.</param>
[GenerateSerializer]
[Immutable]
[Alias("AttestReply`1")]
public sealed record AttestReply<T>([property: Id(0)] T? Attestation, [property: Id(1)] string Reason, [property: Id(2)] bool MayRetry = false)
    where T : class;
