namespace Cloud.Cli.Load;

/// <summary>How much is sent, and how far it is watched.</summary>
/// <param name="Rate">Transactions per second, 1 to <see cref="MaxRate"/>.</param>
/// <param name="Duration">How long, at most <see cref="MaxDuration"/>.</param>
/// <param name="Senders">Accounts that send, 1 to <see cref="MaxSenders"/>; each has one transaction in flight.</param>
/// <param name="Until">The tip that has to reach the last transaction: <c>proposed</c> and the like, or <c>preconfirmed</c> for none.</param>
internal sealed record LoadSettings(int Rate, TimeSpan Duration, int Senders, string Until)
{
    /// <summary>Most transactions per second.</summary>
    public const int MaxRate = 1000;

    /// <summary>Most accounts.</summary>
    public const int MaxSenders = 500;

    /// <summary>Shown by receipts alone; the other rungs are tips.</summary>
    public const string Preconfirmed = "preconfirmed";

    /// <summary>What can be waited for.</summary>
    public static readonly string[] Rungs = [Preconfirmed, "proposed", "attested", "checkpointed", "proven", "finalized"];

    /// <summary>The longest run.</summary>
    public static readonly TimeSpan MaxDuration = TimeSpan.FromHours(1);
}
