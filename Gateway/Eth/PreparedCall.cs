using Cloud.Execution.Evm;
using Cloud.Execution.State;

namespace Cloud.Gateway.Eth;

/// <summary>A call with everything that it runs on.</summary>
/// <param name="Request">The call.</param>
/// <param name="State">The state, with overrides.</param>
/// <param name="Block">The block, with overrides.</param>
/// <param name="Rules">The rules in force.</param>
internal sealed record PreparedCall(CallRequest Request, IStateReader State, BlockContext Block, ForkRules Rules);
