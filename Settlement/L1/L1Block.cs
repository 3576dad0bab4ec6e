using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.L1;

/// <summary>The part of an L1 block's header that settlement needs.</summary>
/// <param name="Number">Height.</param>
/// <param name="Hash">Its identity, together with the number.</param>
/// <param name="ParentHash">Hash of the block before it.</param>
/// <param name="Timestamp">Seconds since 1970.</param>
/// <param name="BaseFeePerGas">Wei.</param>
/// <param name="GasLimit">Gas that its transactions may use together.</param>
/// <param name="BlobGasUsed">Blob gas of its transactions.</param>
/// <param name="ExcessBlobGas">Blob gas above the target that blocks before it left (EIP-4844).</param>
public sealed record L1Block(
    ulong Number, Hash256 Hash, Hash256 ParentHash, ulong Timestamp, UInt256 BaseFeePerGas, ulong GasLimit, ulong BlobGasUsed, ulong ExcessBlobGas)
{
    /// <summary>Filter over all events.</summary>
    public Bloom LogsBloom { get; init; } = Bloom.Empty;

    /// <summary>Root of the receipts, with all events.</summary>
    public Hash256 ReceiptsRoot { get; init; } = KnownHashes.EmptyTrieRoot;
}
