using Cloud.Protocol.Attesting;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Grains.Interfaces.Validators;

/// <summary>A chunk as the silo's replica found it.</summary>
/// <param name="Proposal">The chunk, without bodies.</param>
/// <param name="BlockHash">Hash of its block.</param>
/// <param name="Verdict">What re-execution gave.</param>
[GenerateSerializer]
[Immutable]
[Alias("ChunkToAttest")]
public sealed record ChunkToAttest(
    [property: Id(0)] ChunkProposal Proposal, [property: Id(1)] Hash256 BlockHash, [property: Id(2)] ChunkVerdict Verdict);
