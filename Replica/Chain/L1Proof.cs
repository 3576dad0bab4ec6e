using Cloud.Protocol.Primitives;
using Cloud.Settlement.L1Events;

namespace Cloud.Replica.Chain;

/// <summary>Where L1 shows that a checkpoint landed or was proven.</summary>
/// <param name="Number">Number of the checkpoint.</param>
/// <param name="PayloadHash">Hash of its header.</param>
/// <param name="LastBlock">Height of its last block.</param>
/// <param name="Block">The L1 block.</param>
public readonly record struct L1Proof(ulong Number, Hash256 PayloadHash, ulong LastBlock, L1BlockRef Block);
