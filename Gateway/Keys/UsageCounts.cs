namespace Cloud.Gateway.Keys;

/// <summary>What a key was used for within a time.</summary>
/// <param name="Units">What the requests cost together.</param>
/// <param name="Requests">Requests that were served.</param>
/// <param name="Refused">Requests that were not, since the rate or the quota was used up.</param>
internal sealed record UsageCounts(double Units, long Requests, long Refused)
{
    /// <summary>Nothing.</summary>
    public static UsageCounts None { get; } = new(0, 0, 0);

    /// <summary>With one more request.</summary>
    public UsageCounts Served(double cost) => this with { Units = Units + cost, Requests = Requests + 1 };

    /// <summary>With one more refusal.</summary>
    public UsageCounts Turned() => this with { Refused = Refused + 1 };
}
