namespace Cloud.Testing.Load;

/// <summary>How much is sent.</summary>
public sealed record LoadOptions
{
    /// <summary>How long; null until it is stopped.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Transactions per second, 1 to 5,000.</summary>
    public int Rate { get; init; } = 20;

    /// <summary>Accounts that send, 1 to 500.</summary>
    public int Senders { get; init; } = DefaultSenders;

    /// <summary>How long after the last transaction everything has to be on L1.</summary>
    public TimeSpan SettleLimit { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Accounts that send unless said otherwise.</summary>
    public const int DefaultSenders = 40;

    /// <summary>The first account that the load uses: those before are the user's own.</summary>
    public const int FirstAccount = 10;

    /// <summary>Funded accounts that a chain needs for the default load.</summary>
    public const int FundedAccounts = FirstAccount + 1 + DefaultSenders;
}
