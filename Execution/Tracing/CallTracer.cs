using Cloud.Execution.Evm;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Tracing;

/// <summary>Records the tree of calls. For one transaction at a time.</summary>
public sealed class CallTracer : Tracer
{
    private readonly Stack<CallTrace> _open = new();

    /// <summary>The call from outside; null before there was one.</summary>
    public CallTrace? Root { get; private set; }

    /// <inheritdoc/>
    public override void OnEnter(in CallInfo call)
    {
        CallTrace trace = new()
        {
            Type = TypeOf(call.Kind),
            From = call.From,
            To = call.To,
            Value = call.Value,
            Gas = call.Gas,
            Input = Bytes.CopyOf(call.Input),
        };
        if (_open.TryPeek(out CallTrace? caller))
        {
            caller.Add(trace);
        }
        else
        {
            Root = trace;
        }

        _open.Push(trace);
    }

    /// <inheritdoc/>
    public override void OnExit(long gasUsed, ReadOnlySpan<byte> output, bool isReverted, HaltReason halt)
    {
        CallTrace trace = _open.Pop();
        trace.GasUsed = gasUsed;
        trace.Output = Bytes.CopyOf(output);
        trace.IsReverted = isReverted;
        trace.Halt = halt;
        if (isReverted || halt != HaltReason.None)
        {
            trace.DropLogs();
        }
    }

    /// <inheritdoc/>
    public override void OnLog(Log log) => _open.Peek().Add(log);

    /// <inheritdoc/>
    public override void OnSelfDestruct(in Address contract, in Address beneficiary, in UInt256 balance) =>
        _open.Peek().Add(new CallTrace { Type = "SELFDESTRUCT", From = contract, To = beneficiary, Value = balance });

    private static string TypeOf(CallKind kind) => kind switch
    {
        CallKind.Call => "CALL",
        CallKind.CallCode => "CALLCODE",
        CallKind.DelegateCall => "DELEGATECALL",
        CallKind.StaticCall => "STATICCALL",
        CallKind.Create => "CREATE",
        CallKind.Create2 => "CREATE2",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a kind of call."),
    };
}
