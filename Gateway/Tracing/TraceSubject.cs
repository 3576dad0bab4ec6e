using Cloud.Execution.Processing;
using Cloud.Execution.State;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Tracing;

/// <summary>What a finished trace is about.</summary>
/// <param name="Included">How the transaction or call ended.</param>
/// <param name="GasLimit">Its gas limit.</param>
/// <param name="Before">The state before it.</param>
/// <param name="Changes">What it changed.</param>
/// <param name="FeeRecipient">Who got the tip.</param>
internal sealed record TraceSubject(TransactionResult.Included Included, ulong GasLimit, IStateReader Before, StateChanges Changes, Address FeeRecipient);
