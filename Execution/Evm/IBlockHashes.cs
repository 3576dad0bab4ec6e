using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Evm;

/// <summary>Hashes of the blocks before the one that runs. Safe for use by several threads at once.</summary>
public interface IBlockHashes
{
    /// <summary>The hash of a block on the chain that the running block extends.</summary>
    /// <param name="number">Height, within the last 256 blocks.</param>
    /// <returns>The hash; zero where the block is not known.</returns>
    Hash256 GetBlockHash(ulong number);
}
