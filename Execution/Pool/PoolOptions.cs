namespace Cloud.Execution.Pool;

/// <summary>Bounds and policies of a <see cref="TransactionPool"/>. Local: tuning them changes what this node keeps, never what it accepts in a block.</summary>
public sealed record PoolOptions
{
    /// <summary>Most transactions in the pool, from 1.</summary>
    public int MaxTransactions { get; init; } = 20_000;

    /// <summary>Most bytes of encoded transactions in the pool, at least <see cref="MaxTransactionBytes"/>.</summary>
    public long MaxBytes { get; init; } = 64L << 20;

    /// <summary>Most transactions without a free way to their nonce or without funds, from 0 to <see cref="MaxTransactions"/>.</summary>
    public int MaxQueued { get; init; } = 4_096;

    /// <summary>Most transactions of one sender that wait, from 1 to <see cref="MaxTransactions"/>. Those in flashblocks do not count.</summary>
    public int MaxPerSender { get; init; } = 256;

    /// <summary>Most queued transactions of one sender, from 0 to <see cref="MaxPerSender"/>.</summary>
    public int MaxQueuedPerSender { get; init; } = 64;

    /// <summary>Most bytes of one sender's waiting transactions, at least <see cref="MaxTransactionBytes"/>.</summary>
    public long MaxBytesPerSender { get; init; } = 2L << 20;

    /// <summary>Longest encoding of one transaction in bytes, from 1.</summary>
    public int MaxTransactionBytes { get; init; } = 131_072;

    /// <summary>Most waiting transactions of an account that runs other code by EIP-7702, from 1: one call can make all of them invalid.</summary>
    public int MaxPerDelegatedSender { get; init; } = 1;

    /// <summary>By how many percent a replacement must raise both fee caps, from 1 to 1000.</summary>
    public int ReplacementBumpPercent { get; init; } = 10;

    /// <summary>Lowest max priority fee per gas in wei.</summary>
    public ulong MinTip { get; init; }

    /// <summary>How long a transaction may wait, above zero.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromHours(3);

    /// <summary>How many hashes of included and dropped transactions are remembered, from 0.</summary>
    public int MaxRemembered { get; init; } = 16_384;

    /// <summary>Checks every option.</summary>
    /// <returns>One sentence for each broken rule, with the option's name; none where all is well.</returns>
    public IReadOnlyList<string> Validate()
    {
        List<string> faults = [];
        Range(MaxTransactions, 1, int.MaxValue, nameof(MaxTransactions));
        Range(MaxTransactionBytes, 1, int.MaxValue, nameof(MaxTransactionBytes));
        Range(MaxBytes, MaxTransactionBytes, long.MaxValue, nameof(MaxBytes));
        Range(MaxQueued, 0, MaxTransactions, nameof(MaxQueued));
        Range(MaxPerSender, 1, MaxTransactions, nameof(MaxPerSender));
        Range(MaxQueuedPerSender, 0, MaxPerSender, nameof(MaxQueuedPerSender));
        Range(MaxBytesPerSender, MaxTransactionBytes, long.MaxValue, nameof(MaxBytesPerSender));
        Range(MaxPerDelegatedSender, 1, MaxPerSender, nameof(MaxPerDelegatedSender));
        Range(ReplacementBumpPercent, 1, 1000, nameof(ReplacementBumpPercent));
        Range(MaxRemembered, 0, int.MaxValue, nameof(MaxRemembered));
        if (Lifetime <= TimeSpan.Zero)
        {
            faults.Add($"{nameof(Lifetime)} must be above zero, is {Lifetime}.");
        }

        return faults;

        void Range(long value, long low, long high, string name)
        {
            if (value < low || value > high)
            {
                faults.Add($"{name} must be from {low} to {high}, is {value}.");
            }
        }
    }
}
