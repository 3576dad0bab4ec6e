using System.Text.Json;
using Cloud.Execution.Evm;
using Cloud.Gateway.Eth;
using Cloud.Gateway.JsonRpc;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Tracing;

/// <summary>Records each instruction. The price of one is known when the next one of the same call begins, so each is settled then.</summary>
/// <param name="request">What is wanted.</param>
/// <param name="budget">What may be recorded.</param>
internal sealed class StepTracer(TraceRequest request, TraceBudget budget) : TraceRecorder
{
    private const int StepBytes = 120;
    private const int WordBytes = 70;

    private readonly List<Step> _steps = [];
    private readonly Stack<Scope> _scopes = new();
    private readonly Dictionary<Address, SortedDictionary<UInt256, UInt256>> _storage = [];
    private Bytes _output;
    private bool _hasFailed;

    /// <inheritdoc/>
    public override bool WantsSteps => true;

    /// <inheritdoc/>
    public override void OnEnter(in CallInfo call) =>
        _scopes.Push(new Scope { Given = call.Gas, IsCreation = call.Kind is CallKind.Create or CallKind.Create2 });

    /// <inheritdoc/>
    public override void OnStep(in StepInfo step)
    {
        Scope scope = _scopes.Peek();
        scope.Settle(step.Gas);
        ReadOnlySpan<UInt256> stack = step.Stack;
        if (scope.Last is { Opcode: Opcode.SLoad } load && scope.LoadKey is { } loaded && !stack.IsEmpty)
        {
            Note(load, step.Contract, loaded, stack[^1]);
        }

        scope.Last = null;
        scope.LoadKey = null;
        long bytes = StepBytes + (request.DisableStack ? 0 : stack.Length * WordBytes) + (request.EnableMemory ? step.Memory.Length * 2 : 0)
            + (request.EnableReturnData ? step.ReturnData.Length * 2 : 0);
        if ((request.Limit > 0 && (ulong)_steps.Count >= request.Limit) || !budget.TryTakeStep(bytes))
        {
            return;
        }

        Step noted = new()
        {
            Pc = step.Pc,
            Opcode = step.Opcode,
            Gas = step.Gas,
            Depth = step.Depth + 1,
            Refund = step.Refund,
            Stack = request.DisableStack ? null : stack.ToArray(),
            Memory = request.EnableMemory ? new Bytes(step.Memory.ToArray()) : default,
            ReturnData = request.EnableReturnData ? new Bytes(step.ReturnData.ToArray()) : default,
            Halt = step.Halt,
        };
        _steps.Add(noted);
        scope.Last = noted;
        if (request.DisableStorage || step.Halt != HaltReason.None)
        {
            return;
        }

        if (step.Opcode == Opcode.SLoad && stack.Length >= 1)
        {
            scope.LoadKey = stack[^1];
        }
        else if (step.Opcode == Opcode.SStore && stack.Length >= 2)
        {
            Note(noted, step.Contract, stack[^1], stack[^2]);
        }
    }

    /// <inheritdoc/>
    public override void OnExit(long gasUsed, ReadOnlySpan<byte> output, bool isReverted, HaltReason halt)
    {
        Scope scope = _scopes.Pop();
        if (halt != HaltReason.None && scope.Last is { } last)
        {
            last.Cost = last.Gas;
            last.Halt = halt;
        }
        else
        {
            // Storing the code of a new contract is no instruction's price.
            long deposit = scope.IsCreation && !isReverted ? GasSchedule.CodeDepositByte * output.Length : 0;
            scope.Settle(scope.Given - gasUsed + deposit);
        }

        if (_scopes.TryPeek(out Scope? parent))
        {
            parent.ChildRefund = (scope.IsCreation ? 0 : scope.Given) - gasUsed;
        }
        else
        {
            _output = output.ToArray();
            _hasFailed = isReverted || halt != HaltReason.None;
        }
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TraceSubject subject)
    {
        writer.WriteStartObject();
        writer.WriteNumber("gas"u8, subject.Included.GasUsed);
        writer.WriteBoolean("failed"u8, _hasFailed || !subject.Included.Receipt.Succeeded);
        writer.WriteHex("returnValue"u8, _output.Span);
        writer.WriteStartArray("structLogs"u8);
        foreach (Step step in _steps)
        {
            Write(writer, step);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, Step step)
    {
        writer.WriteStartObject();
        writer.WriteNumber("pc"u8, step.Pc);
        writer.WriteString("op"u8, OpcodeNames.Of(step.Opcode));
        writer.WriteNumber("gas"u8, step.Gas);
        writer.WriteNumber("gasCost"u8, step.Cost);
        writer.WriteNumber("depth"u8, step.Depth);
        if (step.Halt != HaltReason.None)
        {
            writer.WriteString("error"u8, CallErrors.TextOf(step.Halt));
        }

        if (step.Stack is { } stack)
        {
            writer.WriteStartArray("stack"u8);
            foreach (UInt256 word in stack)
            {
                writer.WriteQuantity(in word);
            }

            writer.WriteEndArray();
        }

        if (!step.ReturnData.IsEmpty)
        {
            writer.WriteHex("returnData"u8, step.ReturnData.Span);
        }

        if (!step.Memory.IsEmpty)
        {
            writer.WriteStartArray("memory"u8);
            for (int at = 0; at < step.Memory.Length; at += UInt256.Length)
            {
                writer.WriteHex(step.Memory.Span.Slice(at, Math.Min(UInt256.Length, step.Memory.Length - at)));
            }

            writer.WriteEndArray();
        }

        if (step.Storage is { } storage)
        {
            writer.WriteStartObject("storage"u8);
            foreach ((UInt256 key, UInt256 value) in storage)
            {
                writer.WriteWordName(in key);
                writer.WriteWord(in value);
            }

            writer.WriteEndObject();
        }

        if (step.Refund > 0)
        {
            writer.WriteNumber("refund"u8, step.Refund);
        }

        writer.WriteEndObject();
    }

    private void Note(Step step, Address contract, in UInt256 key, in UInt256 value)
    {
        if (!_storage.TryGetValue(contract, out SortedDictionary<UInt256, UInt256>? slots))
        {
            _storage.Add(contract, slots = []);
        }

        slots[key] = value;
        budget.Take(2 * WordBytes * slots.Count);
        step.Storage = [.. slots];
    }

    private sealed class Scope
    {
        public required long Given { get; init; }

        public required bool IsCreation { get; init; }

        public Step? Last { get; set; }

        public UInt256? LoadKey { get; set; }

        /// <summary>Gas that the last instruction gave to a call, less what the call used; for a creation, less what was given, since its price does not contain it.</summary>
        public long ChildRefund { get; set; }

        public void Settle(long gasNow)
        {
            if (Last is { } step)
            {
                step.Cost = step.Gas - gasNow + ChildRefund;
            }

            ChildRefund = 0;
        }
    }

    private sealed class Step
    {
        public required int Pc { get; init; }

        public required Opcode Opcode { get; init; }

        public required long Gas { get; init; }

        public required int Depth { get; init; }

        public required long Refund { get; init; }

        public required UInt256[]? Stack { get; init; }

        public required Bytes Memory { get; init; }

        public required Bytes ReturnData { get; init; }

        public long Cost { get; set; }

        public HaltReason Halt { get; set; }

        public KeyValuePair<UInt256, UInt256>[]? Storage { get; set; }
    }
}
