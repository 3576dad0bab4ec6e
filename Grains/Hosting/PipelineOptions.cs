using Cloud.Protocol.Attesting;
using Cloud.Protocol.Proposing;

namespace Cloud.Grains.Hosting;

/// <summary>What a process decides by itself about its part in the slot pipeline. Nothing here changes what others accept.</summary>
public sealed record PipelineOptions
{
    /// <summary>What the validators of this process sign.</summary>
    public AttestationMode Mode { get; init; } = AttestationMode.PerChunk;

    /// <summary>What its proposers decide by themselves.</summary>
    public ProposerOptions Proposer { get; init; } = new();

    /// <summary>Whether chunks carry their transactions on the stream. Otherwise hashes, since every replica follows the stream of transactions.</summary>
    public bool InlineBodies { get; init; }

    /// <summary>Whether each validator re-executes every chunk by itself, on a fork of its own. Otherwise those of one process share one re-execution.</summary>
    public bool Isolated { get; init; }

    /// <summary>How often a silo enters the running slots and looks after its validators; above zero. A proposer whose silo dies is awake elsewhere after about this long.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long before its frame a slot is entered, so that its grain and its proposer are awake when it begins.</summary>
    public TimeSpan EnterAhead { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a message waits for its acknowledgement before it is sent again; doubled each time.</summary>
    public TimeSpan ResendAfter { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest wait before something is sent again.</summary>
    public TimeSpan LongestResend { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a call to another grain may take before it counts as lost.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a flashblock waits until a second place has it. After that it goes out all the same: it is in the journal.</summary>
    public TimeSpan FlashblockReplication { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Whether other silos go on where this one dies: then the signing ledger keeps what a flashblock says beside the record that it was signed, and the publisher is woken wherever it may live. In one process its journal is enough.</summary>
    public bool HasOtherSilos { get; init; }

    /// <summary>How long an own transaction waits in the pool before it is sent to the other silos again, since a stream may have lost it; zero where there are no others.</summary>
    public TimeSpan ResendTransactionsAfter { get; init; }

    /// <summary>Most events of the replica that wait until this process passes them on, from 1; what comes beyond is read again from there.</summary>
    public int MaxWaitingEvents { get; init; } = 16_384;

    /// <summary>Transactions that travel together on the stream, at most.</summary>
    public int MaxTransactionsPerItem { get; init; } = 256;

    /// <summary>The wait before something is tried again.</summary>
    /// <param name="attempt">How often it was tried, from 1.</param>
    /// <returns>The wait.</returns>
    public TimeSpan BackOff(int attempt)
    {
        TimeSpan wait = ResendAfter * Math.Pow(2, Math.Min(attempt - 1, 16));
        return wait < LongestResend ? wait : LongestResend;
    }
}
