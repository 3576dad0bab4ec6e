using Cloud.Execution.State;
using Cloud.Protocol;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Pool;

/// <summary>The block that the pool's transactions would be built on.</summary>
/// <param name="Number">Number of the block.</param>
/// <param name="Hash">Hash of the block.</param>
/// <param name="State">State after the block. Must stay readable until the next head.</param>
/// <param name="BaseFeePerGas">Base fee of the block to build on it, in wei.</param>
/// <param name="GasLimit">Gas limit of the block to build on it.</param>
/// <param name="Fork">Rules of the block to build on it.</param>
public sealed record PoolHead(ulong Number, Hash256 Hash, IStateReader State, UInt256 BaseFeePerGas, ulong GasLimit, Fork Fork);
