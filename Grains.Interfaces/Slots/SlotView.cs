using System.Collections.Immutable;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Grains.Interfaces.Slots;

/// <summary>What a slot has.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Proposer">Who may propose; null while the committee is not known.</param>
/// <param name="Chunks">Chunks that were announced, by index; of an equivocating proposer also two of one index.</param>
/// <param name="Certificates">Certificates of chunks.</param>
/// <param name="Proposal">The checkpoint that came first.</param>
/// <param name="Certificate">The checkpoint's certificate.</param>
/// <param name="Signers">How many have attested the checkpoint.</param>
/// <param name="Missing">Who has not.</param>
[GenerateSerializer]
[Immutable]
[Alias("SlotView")]
public sealed record SlotView(
    [property: Id(0)] ulong Slot,
    [property: Id(1)] Address? Proposer,
    [property: Id(2)] ImmutableArray<ChunkNotice> Chunks,
    [property: Id(3)] ImmutableArray<ChunkCertificate> Certificates,
    [property: Id(4)] CheckpointProposal? Proposal,
    [property: Id(5)] CheckpointCertificate? Certificate,
    [property: Id(6)] int Signers,
    [property: Id(7)] ImmutableArray<Address> Missing);
