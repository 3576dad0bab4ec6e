using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Evm;

/// <summary>What the EVM sees of the block that it runs in.</summary>
public sealed record BlockContext
{
    /// <summary>The chain (EIP-1344).</summary>
    public required ulong ChainId { get; init; }

    /// <summary>Height of the block.</summary>
    public required ulong Number { get; init; }

    /// <summary>Unix time in seconds.</summary>
    public required ulong Timestamp { get; init; }

    /// <summary>Who gets the tips.</summary>
    public required Address Coinbase { get; init; }

    /// <summary>Most gas that the block may use.</summary>
    public required ulong GasLimit { get; init; }

    /// <summary>Base fee in wei per gas (EIP-1559).</summary>
    public required UInt256 BaseFee { get; init; }

    /// <summary>Randomness of the beacon chain, or what the chain puts in its place (EIP-4399).</summary>
    public Hash256 PrevRandao { get; init; }

    /// <summary>Base fee in wei per blob gas (EIP-7516).</summary>
    public UInt256 BlobBaseFee { get; init; } = UInt256.One;

    /// <summary>Hashes of earlier blocks; null where there are none.</summary>
    public IBlockHashes? BlockHashes { get; init; }
}
