using System.Collections.Frozen;
using Cloud.Execution.Evm;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Simulation;

/// <summary>What a simulation pretends of the block that it runs in (the block overrides of eth_call and eth_simulateV1). What is null stays as it is.</summary>
public sealed record BlockOverride
{
    /// <summary>Height of the block.</summary>
    public ulong? Number { get; init; }

    /// <summary>Unix time in seconds.</summary>
    public ulong? Timestamp { get; init; }

    /// <summary>Most gas that the block may use.</summary>
    public ulong? GasLimit { get; init; }

    /// <summary>Who gets the tips.</summary>
    public Address? FeeRecipient { get; init; }

    /// <summary>What PREVRANDAO returns.</summary>
    public Hash256? PrevRandao { get; init; }

    /// <summary>Base fee in wei per gas.</summary>
    public UInt256? BaseFeePerGas { get; init; }

    /// <summary>Base fee in wei per blob gas.</summary>
    public UInt256? BlobBaseFee { get; init; }

    /// <summary>Hashes that BLOCKHASH returns, by number.</summary>
    public IReadOnlyDictionary<ulong, Hash256>? BlockHashes { get; init; }

    /// <summary>Puts the overrides on a block.</summary>
    /// <param name="block">The block.</param>
    /// <returns>A block that differs where something was given.</returns>
    public BlockContext Apply(BlockContext block) => block with
    {
        Number = Number ?? block.Number,
        Timestamp = Timestamp ?? block.Timestamp,
        GasLimit = GasLimit ?? block.GasLimit,
        Coinbase = FeeRecipient ?? block.Coinbase,
        PrevRandao = PrevRandao ?? block.PrevRandao,
        BaseFee = BaseFeePerGas ?? block.BaseFee,
        BlobBaseFee = BlobBaseFee ?? block.BlobBaseFee,
        BlockHashes = BlockHashes is { Count: > 0 } hashes ? new SomeHashes(hashes.ToFrozenDictionary(), block.BlockHashes) : block.BlockHashes,
    };

    private sealed class SomeHashes(FrozenDictionary<ulong, Hash256> given, IBlockHashes? others) : IBlockHashes
    {
        public Hash256 GetBlockHash(ulong number) => given.TryGetValue(number, out Hash256 hash) ? hash : others?.GetBlockHash(number) ?? default;
    }
}
