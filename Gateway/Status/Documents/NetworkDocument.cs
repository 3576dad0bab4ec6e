using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;

namespace Cloud.Gateway.Status.Documents;

/// <summary>Schema Network.</summary>
internal sealed record NetworkDocument(
    string Name,
    string Version,
    ulong ChainId,
    Address Rollup,
    ulong L1ChainId,
    TimingDocument Timing,
    long FlashblockIntervalMs,
    int CommitteeSize,
    int Quorum,
    ulong GasLimit,
    LinksDocument Links);

/// <summary>Schema Timing.</summary>
internal sealed record TimingDocument(
    TimingProfile Profile, DateTimeOffset Genesis, long SlotMs, long L1SlotMs, long ChunkMs, long LeadMs, long GraceMs, int MaxChunksPerSlot, int SlotsPerEpoch);

/// <summary>Where other parts are.</summary>
internal sealed record LinksDocument(string? Rpc, string? Flashblocks, string? L1Transaction, string? L1Address);
