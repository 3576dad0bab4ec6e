namespace Cloud.Gateway.Keys;

/// <summary>What a key was used for.</summary>
/// <param name="Id">The key's name.</param>
/// <param name="Today">In the day of UTC in which it was used last.</param>
/// <param name="Month">In that calendar month.</param>
/// <param name="Total">Since it was made.</param>
/// <param name="LastUsedAt">When it was used last, refusals included.</param>
internal sealed record KeyUsage(string Id, UsageCounts Today, UsageCounts Month, UsageCounts Total, DateTimeOffset LastUsedAt)
{
    /// <summary>The same as it counts at a later time: of another day or month there is nothing yet.</summary>
    /// <param name="now">The time.</param>
    public KeyUsage At(DateTimeOffset now) => this with
    {
        Today = now.UtcDateTime.Date == LastUsedAt.UtcDateTime.Date ? Today : UsageCounts.None,
        Month = (now.UtcDateTime.Year, now.UtcDateTime.Month) == (LastUsedAt.UtcDateTime.Year, LastUsedAt.UtcDateTime.Month) ? Month : UsageCounts.None,
    };

    /// <summary>With one more request.</summary>
    public KeyUsage Served(double cost, DateTimeOffset now) => this with { Today = Today.Served(cost), Month = Month.Served(cost), Total = Total.Served(cost), LastUsedAt = now };

    /// <summary>With one more refusal.</summary>
    public KeyUsage Turned(DateTimeOffset now) => this with { Today = Today.Turned(), Month = Month.Turned(), Total = Total.Turned(), LastUsedAt = now };
}
