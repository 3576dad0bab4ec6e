using System.Collections.Immutable;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Grains.Interfaces.Chunks;

/// <summary>What a chunk's grain has.</summary>
/// <param name="Proposals">The distinct proposals in the order in which they came, the first with its bodies where they are here.</param>
/// <param name="Certificate">The certificate.</param>
/// <param name="Signers">How many have attested what counts.</param>
/// <param name="Quorum">How many are needed.</param>
/// <param name="Missing">Who has not attested.</param>
/// <param name="Late">Who attested after the certificate was complete.</param>
[GenerateSerializer]
[Immutable]
[Alias("ChunkView")]
public sealed record ChunkView(
    [property: Id(0)] ImmutableArray<ChunkProposal> Proposals,
    [property: Id(1)] ChunkCertificate? Certificate,
    [property: Id(2)] int Signers,
    [property: Id(3)] int Quorum,
    [property: Id(4)] ImmutableArray<Address> Missing,
    [property: Id(5)] ImmutableArray<Address> Late);
