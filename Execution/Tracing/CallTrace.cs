using Cloud.Execution.Evm;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Tracing;

/// <summary>One call with the calls that it made, with the fields of go-ethereum's call tracer.</summary>
public sealed class CallTrace
{
    private readonly List<CallTrace> _calls = [];
    private readonly List<Log> _logs = [];

    /// <summary>CALL, CREATE and so on; SELFDESTRUCT for a balance that it moved.</summary>
    public required string Type { get; init; }

    /// <summary>Who calls.</summary>
    public required Address From { get; init; }

    /// <summary>Whose code runs, or the new contract.</summary>
    public required Address To { get; init; }

    /// <summary>Wei sent along.</summary>
    public required UInt256 Value { get; init; }

    /// <summary>Gas given to it.</summary>
    public long Gas { get; init; }

    /// <summary>Gas that it used.</summary>
    public long GasUsed { get; internal set; }

    /// <summary>Input, or init code.</summary>
    public Bytes Input { get; init; }

    /// <summary>What it returned, or its reason to revert.</summary>
    public Bytes Output { get; internal set; }

    /// <summary>Whether it reverted.</summary>
    public bool IsReverted { get; internal set; }

    /// <summary>Why it halted exceptionally; none where it did not.</summary>
    public HaltReason Halt { get; internal set; }

    /// <summary>Calls that it made, in order.</summary>
    public IReadOnlyList<CallTrace> Calls => _calls;

    /// <summary>Logs that it emitted itself, in order; none where it failed.</summary>
    public IReadOnlyList<Log> Logs => _logs;

    internal void Add(CallTrace call) => _calls.Add(call);

    internal void Add(Log log) => _logs.Add(log);

    /// <summary>Forgets the logs of a failed call and of all that it called.</summary>
    internal void DropLogs()
    {
        Stack<CallTrace> pending = new([this]);
        while (pending.TryPop(out CallTrace? call))
        {
            call._logs.Clear();
            call._calls.ForEach(pending.Push);
        }
    }
}
