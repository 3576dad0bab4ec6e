namespace Cloud.Protocol.Time;

/// <summary>A span of time with both ends included.</summary>
/// <param name="Start">First instant inside.</param>
/// <param name="End">Last instant inside; a window whose end is before its start holds nothing.</param>
public readonly record struct TimeWindow(DateTimeOffset Start, DateTimeOffset End)
{
    /// <summary>Whether an instant is inside, with both ends moved outwards.</summary>
    /// <param name="instant">The instant.</param>
    /// <param name="tolerance">How far outside still counts as inside; not negative.</param>
    /// <returns>True also at the moved ends themselves.</returns>
    public bool Contains(DateTimeOffset instant, TimeSpan tolerance = default) =>
        (instant >= Start || Start - instant <= tolerance) && (instant <= End || instant - End <= tolerance);

    /// <summary>Whether another window lies wholly inside this one.</summary>
    /// <param name="other">The other window.</param>
    /// <returns>True where both its ends are inside.</returns>
    public bool Contains(TimeWindow other) => other.Start >= Start && other.End <= End;
}
