using Cloud.Execution.Evm;
using Cloud.Execution.State;
using Cloud.Protocol.Blocks;

namespace Cloud.Gateway.Eth;

/// <summary>A block, and the state after it: where calls run.</summary>
/// <param name="Header">The block's header.</param>
/// <param name="State">The state after it.</param>
/// <param name="Block">What the EVM sees of it.</param>
/// <param name="Rules">The rules in force.</param>
internal sealed record Scene(BlockHeader Header, IStateReader State, BlockContext Block, ForkRules Rules);
