using Cloud.Protocol.Primitives;
using Cloud.Replica.Chain;
using Cloud.Settlement.L1Events;

namespace Cloud.Gateway.Status.Documents;

/// <summary>Schema Tips.</summary>
internal sealed record TipsDocument(BlockId Proposed, BlockId Attested, BlockId Checkpointed, BlockId Proven, BlockId Finalized, PendingDocument? Pending, L1BlockRef? L1Head);

/// <summary>Schema Pending.</summary>
internal sealed record PendingDocument(ulong Slot, uint Chunk, uint Flashblock, ulong Block, Hash256 Hash, int Transactions);

/// <summary>Schema TipEvent.</summary>
internal sealed record TipEventDocument(Tip Tip, BlockId From, BlockId To, DateTimeOffset At);
