using System.Text.Json;
using Cloud.Execution.Evm;
using Cloud.Gateway.Eth;
using Cloud.Gateway.JsonRpc;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Tracing;

/// <summary>Records the tree of calls.</summary>
/// <param name="request">What is wanted.</param>
/// <param name="budget">What may be recorded.</param>
internal sealed class CallTracer(TraceRequest request, TraceBudget budget) : TraceRecorder
{
    private const int CallBytes = 400;
    private const int LogBytes = 200;

    private readonly Stack<Call?> _open = new();
    private Call? _root;
    private int _logs;

    /// <inheritdoc/>
    public override void OnEnter(in CallInfo call)
    {
        budget.Look();
        if (_root is not null && request.OnlyTopCall)
        {
            _open.Push(null);
            return;
        }

        budget.Take(CallBytes + (2 * call.Input.Length));
        Call entered = new(call.Kind, call.From, call.To, call.Value, call.Gas, call.Input.ToArray());
        if (_open.TryPeek(out Call? parent) && parent is not null)
        {
            parent.Calls.Add(entered);
        }

        _root ??= entered;
        _open.Push(entered);
    }

    /// <inheritdoc/>
    public override void OnExit(long gasUsed, ReadOnlySpan<byte> output, bool isReverted, HaltReason halt)
    {
        if (_open.Pop() is { } call)
        {
            budget.Take(2 * output.Length);
            call.GasUsed = gasUsed;
            call.Output = output.ToArray();
            call.IsReverted = isReverted;
            call.Halt = halt;
            if (isReverted || halt != HaltReason.None)
            {
                call.DropLogs();
            }
        }
    }

    /// <inheritdoc/>
    public override void OnLog(Log log)
    {
        if (request.WithLog && _open.TryPeek(out Call? call) && call is not null)
        {
            budget.Take(LogBytes + (2 * log.Data.Length));
            call.Logs.Add((log, _logs++, call.Calls.Count));
        }
    }

    /// <inheritdoc/>
    public override void OnSelfDestruct(in Address contract, in Address beneficiary, in UInt256 balance)
    {
        if (!request.OnlyTopCall && _open.TryPeek(out Call? call) && call is not null)
        {
            budget.Take(CallBytes);
            call.Calls.Add(new Call(null, contract, beneficiary, balance, 0, default));
        }
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TraceSubject subject)
    {
        if (_root is null)
        {
            // A deposit that could not even begin.
            writer.WriteStartObject();
            writer.WriteString("error"u8, "execution failed"u8);
            writer.WriteEndObject();
            return;
        }

        _root.Gas = (long)Math.Min(subject.GasLimit, long.MaxValue);
        _root.GasUsed = (long)subject.Included.GasUsed;
        Write(writer, _root);
    }

    private static void Write(Utf8JsonWriter writer, Call call)
    {
        writer.WriteStartObject();
        writer.WriteAddress("from"u8, call.From);
        writer.WriteQuantity("gas"u8, (ulong)call.Gas);
        writer.WriteQuantity("gasUsed"u8, (ulong)call.GasUsed);
        bool hasFailed = call.IsReverted || call.Halt != HaltReason.None;
        if (!hasFailed || call.Kind is not (CallKind.Create or CallKind.Create2))
        {
            writer.WriteAddress("to"u8, call.To);
        }

        writer.WriteHex("input"u8, call.Input.Span);
        if (!call.Output.IsEmpty && call.Halt == HaltReason.None)
        {
            writer.WriteHex("output"u8, call.Output.Span);
        }

        if (hasFailed)
        {
            writer.WriteString("error"u8, call.IsReverted ? "execution reverted" : CallErrors.TextOf(call.Halt));
            if (call.IsReverted && CallErrors.ReasonOf(call.Output.Span) is { } reason)
            {
                writer.WriteString("revertReason"u8, reason);
            }
        }

        if (call.Calls.Count > 0)
        {
            writer.WriteStartArray("calls"u8);
            foreach (Call inner in call.Calls)
            {
                Write(writer, inner);
            }

            writer.WriteEndArray();
        }

        if (call.Logs.Count > 0)
        {
            WriteLogs(writer, call);
        }

        if (call.Kind != CallKind.StaticCall)
        {
            writer.WriteQuantity("value"u8, call.Value);
        }

        writer.WriteString("type"u8, TypeOf(call.Kind));
        writer.WriteEndObject();
    }

    private static void WriteLogs(Utf8JsonWriter writer, Call call)
    {
        writer.WriteStartArray("logs"u8);
        foreach ((Log log, int index, int position) in call.Logs)
        {
            writer.WriteStartObject();
            writer.WriteAddress("address"u8, log.Address);
            writer.WriteStartArray("topics"u8);
            foreach (Hash256 topic in log.Topics)
            {
                writer.WriteHash(in topic);
            }

            writer.WriteEndArray();
            writer.WriteHex("data"u8, log.Data.Span);
            writer.WriteQuantity("index"u8, (ulong)index);
            writer.WriteQuantity("position"u8, (ulong)position);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static ReadOnlySpan<byte> TypeOf(CallKind? kind) => kind switch
    {
        CallKind.Call => "CALL"u8,
        CallKind.CallCode => "CALLCODE"u8,
        CallKind.DelegateCall => "DELEGATECALL"u8,
        CallKind.StaticCall => "STATICCALL"u8,
        CallKind.Create => "CREATE"u8,
        CallKind.Create2 => "CREATE2"u8,
        _ => "SELFDESTRUCT"u8,
    };

    private sealed class Call(CallKind? kind, Address from, Address to, UInt256 value, long gas, Bytes input)
    {
        public CallKind? Kind => kind;

        public Address From => from;

        public Address To => to;

        public UInt256 Value => value;

        public long Gas { get; set; } = gas;

        public long GasUsed { get; set; }

        public Bytes Input => input;

        public Bytes Output { get; set; }

        public bool IsReverted { get; set; }

        public HaltReason Halt { get; set; }

        public List<Call> Calls { get; } = [];

        public List<(Log Log, int Index, int Position)> Logs { get; } = [];

        /// <summary>What failed has logged nothing, nor has anything below it.</summary>
        public void DropLogs()
        {
            Logs.Clear();
            foreach (Call call in Calls)
            {
                call.DropLogs();
            }
        }
    }
}
