using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Publishing;

/// <summary>How a publisher's key stands.</summary>
/// <param name="Publisher">The key's address.</param>
/// <param name="Balance">Its balance in wei when it was last read.</param>
/// <param name="InFlight">Transactions that wait to be mined.</param>
/// <param name="Runway">Publications that the balance pays for at today's prices; null before L1 was read.</param>
public sealed record PublisherKeyStatus(Address Publisher, UInt256 Balance, int InFlight, ulong? Runway);
