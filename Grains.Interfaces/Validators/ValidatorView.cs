using Cloud.Protocol.Proposing;

namespace Cloud.Grains.Interfaces.Validators;

/// <summary>What a validator does.</summary>
/// <param name="Silo">Name of the silo that it is in.</param>
/// <param name="CanSign">Whether the silo has its key.</param>
/// <param name="Proposing">The slot that it builds; null for none.</param>
/// <param name="State">How far it is with that.</param>
[GenerateSerializer]
[Immutable]
[Alias("ValidatorView")]
public sealed record ValidatorView(
    [property: Id(0)] string Silo, [property: Id(1)] bool CanSign, [property: Id(2)] ulong? Proposing, [property: Id(3)] ProposerState State);
