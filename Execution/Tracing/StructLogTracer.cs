using System.Collections.Immutable;
using Cloud.Execution.Evm;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Tracing;

/// <summary>Records every instruction. For one transaction at a time.</summary>
/// <param name="options">What to record.</param>
public sealed class StructLogTracer(StructLogOptions options) : Tracer
{
    private readonly List<StructLog> _logs = [];
    private readonly Stack<Level> _levels = new();
    private readonly Dictionary<Address, ImmutableSortedDictionary<UInt256, UInt256>> _storage = [];

    /// <inheritdoc/>
    public override bool WantsSteps => true;

    /// <summary>The recorded instructions in order.</summary>
    public IReadOnlyList<StructLog> Logs => _logs;

    /// <summary>Whether there were more steps than were to be recorded.</summary>
    public bool IsTruncated { get; private set; }

    /// <inheritdoc/>
    public override void OnEnter(in CallInfo call) => _levels.Push(new Level { Given = call.Gas });

    /// <inheritdoc/>
    public override void OnExit(long gasUsed, ReadOnlySpan<byte> output, bool isReverted, HaltReason halt)
    {
        Level level = _levels.Pop();
        if (level.Last is { } last)
        {
            last.GasCost = halt == HaltReason.None ? last.Gas - (level.Given - gasUsed) : last.Gas;
            if (last.Halt == HaltReason.None)
            {
                last.Halt = halt;
            }
        }

        if (_levels.TryPeek(out Level? caller))
        {
            caller.CalleeGiven = level.Given;
            caller.CalleeLeft = level.Given - gasUsed;
        }
    }

    /// <inheritdoc/>
    public override void OnStep(in StepInfo step)
    {
        Level level = _levels.Peek();
        if (level.Last is { } last)
        {
            // The callee's gas came out of the instruction's price and what was left of it came back; go-ethereum leaves what a creation got out of its price.
            long passed = last.Opcode is Opcode.Create or Opcode.Create2 ? level.CalleeGiven : 0;
            last.GasCost = last.Gas - step.Gas + level.CalleeLeft - passed;
            level.CalleeGiven = level.CalleeLeft = 0;
            if (last.Opcode == Opcode.SLoad && options.WithStorage)
            {
                Remember(last, step.Contract, level.Slot, step.Stack[^1]);
            }
        }

        level.Last = null;
        if (_logs.Count >= options.MaxSteps)
        {
            IsTruncated = true;
            return;
        }

        StructLog log = new()
        {
            Pc = step.Pc,
            Opcode = step.Opcode,
            Gas = step.Gas,
            Depth = step.Depth + 1,
            Refund = step.Refund,
            Stack = options.WithStack ? [.. step.Stack] : [],
            Memory = options.WithMemory ? Bytes.CopyOf(step.Memory) : Bytes.Empty,
            ReturnData = options.WithReturnData ? Bytes.CopyOf(step.ReturnData) : Bytes.Empty,
            Halt = step.Halt,
        };
        if (options.WithStorage && step.Opcode == Opcode.SStore && step.Stack.Length >= 2)
        {
            Remember(log, step.Contract, step.Stack[^1], step.Stack[^2]);
        }
        else if (step.Opcode == Opcode.SLoad && step.Stack.Length >= 1)
        {
            level.Slot = step.Stack[^1];
        }

        _logs.Add(log);
        level.Last = log;
    }

    private void Remember(StructLog log, in Address contract, in UInt256 slot, in UInt256 value)
    {
        ImmutableSortedDictionary<UInt256, UInt256> known = _storage.GetValueOrDefault(contract, ImmutableSortedDictionary<UInt256, UInt256>.Empty);
        log.Storage = _storage[contract] = known.SetItem(slot, value);
    }

    private sealed class Level
    {
        public required long Given { get; init; }

        public StructLog? Last { get; set; }

        public UInt256 Slot { get; set; }

        public long CalleeGiven { get; set; }

        public long CalleeLeft { get; set; }
    }
}
