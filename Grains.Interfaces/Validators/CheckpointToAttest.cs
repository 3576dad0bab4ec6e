using Cloud.Protocol.Messages;

namespace Cloud.Grains.Interfaces.Validators;

/// <summary>A checkpoint as the silo's replica found it.</summary>
/// <param name="Proposal">The checkpoint, without the last chunk.</param>
/// <param name="IsValid">Whether its chunks were executed and give the header.</param>
[GenerateSerializer]
[Immutable]
[Alias("CheckpointToAttest")]
public sealed record CheckpointToAttest([property: Id(0)] CheckpointProposal Proposal, [property: Id(1)] bool IsValid);
