using System.Collections.Immutable;
using Cloud.Execution.Evm;
using Cloud.Execution.Processing;
using Cloud.Protocol;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Building;

/// <summary>Everything that decides a chunk's block besides its parent's state and the transactions from the pool. Builder and verifier need the same.</summary>
public sealed record ChunkContext
{
    /// <summary>What the chain has agreed on.</summary>
    public required ChainConfig Chain { get; init; }

    /// <summary>Hash of the parent block.</summary>
    public required Hash256 ParentHash { get; init; }

    /// <summary>Height of the block.</summary>
    public required ulong Number { get; init; }

    /// <summary>Unix time in seconds.</summary>
    public required ulong Timestamp { get; init; }

    /// <summary>Who gets the tips.</summary>
    public required Address FeeRecipient { get; init; }

    /// <summary>Most gas that the block may use.</summary>
    public required ulong GasLimit { get; init; }

    /// <summary>Base fee in wei (EIP-1559).</summary>
    public required UInt256 BaseFeePerGas { get; init; }

    /// <summary>What PREVRANDAO returns (EIP-4399).</summary>
    public Hash256 PrevRandao { get; init; }

    /// <summary>Root of the parent beacon block (EIP-4788).</summary>
    public Hash256 ParentBeaconBlockRoot { get; init; }

    /// <summary>At most 32 bytes of the proposer's choice.</summary>
    public Bytes ExtraData { get; init; }

    /// <summary>Deposits from L1, which come first in the block, in this order.</summary>
    public ImmutableArray<Transaction> Deposits { get; init; } = [];

    /// <summary>Hashes of the blocks before the parent, on the parent's chain, for BLOCKHASH; null where there are none.</summary>
    public IBlockHashes? BlockHashes { get; init; }

    /// <summary>What happens after the last transaction; null for nothing.</summary>
    public IPostBlockRules? PostBlock { get; init; }

    /// <summary>The fork in force.</summary>
    public Fork Fork => Chain.ForkAt(Timestamp);

    /// <summary>Hash of the execution requests, of which an L2 has none; null before Prague (EIP-7685).</summary>
    public Hash256? RequestsHash => Fork >= Fork.Prague ? KnownHashes.EmptyRequests : null;

    /// <summary>The header fields that do not depend on transactions, as flashblock 0 carries them.</summary>
    /// <returns>The fields.</returns>
    public FlashblockBase ToBase() =>
        new(ParentBeaconBlockRoot, ParentHash, FeeRecipient, PrevRandao, Number, GasLimit, Timestamp, ExtraData, BaseFeePerGas);

    internal BlockContext ToBlockContext() => new()
    {
        ChainId = Chain.ChainId,
        Number = Number,
        Timestamp = Timestamp,
        Coinbase = FeeRecipient,
        GasLimit = GasLimit,
        BaseFee = BaseFeePerGas,
        PrevRandao = PrevRandao,
        BlockHashes = new HashesWithParent(this),
    };

    /// <summary>The parent may be so new that the chain's own index does not have it yet.</summary>
    private sealed class HashesWithParent(ChunkContext context) : IBlockHashes
    {
        public Hash256 GetBlockHash(ulong number) =>
            number + 1 == context.Number ? context.ParentHash : context.BlockHashes?.GetBlockHash(number) ?? default;
    }
}
