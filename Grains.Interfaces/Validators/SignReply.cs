namespace Cloud.Grains.Interfaces.Validators;

/// <summary>A signature, or why there is none.</summary>
/// <param name="Signature">65 bytes r || s || v; empty where there is none.</param>
/// <param name="Reason">Why there is none; empty otherwise.</param>
[GenerateSerializer]
[Immutable]
[Alias("SignReply")]
public sealed record SignReply([property: Id(0)] byte[] Signature, [property: Id(1)] string Reason);
