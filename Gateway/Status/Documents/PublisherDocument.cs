using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Status.Documents;

/// <summary>Schema Publisher.</summary>
internal sealed record PublisherDocument(
    Address Address,
    UInt256 Balance,
    ulong Nonce,
    ImmutableArray<InFlightDocument> InFlight,
    int MaxInFlight,
    UInt256? AverageCost,
    double? RunwayCheckpoints,
    double? RunwayMs,
    MarketDocument? Market,
    ImmutableArray<AlarmDocument> Alarms);

/// <summary>Schema InFlight.</summary>
internal sealed record InFlightDocument(ulong Slot, Hash256 Checkpoint, ulong Nonce, int Attempts, DateTimeOffset Deadline);

/// <summary>What L1 charges.</summary>
internal sealed record MarketDocument(UInt256 BaseFee, UInt256 BlobBaseFee, UInt256 Tip);

/// <summary>Something that a lane cannot solve by itself.</summary>
internal sealed record AlarmDocument(string Code, string Message);
