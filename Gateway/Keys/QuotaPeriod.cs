namespace Cloud.Gateway.Keys;

/// <summary>What a quota counts over.</summary>
internal enum QuotaPeriod
{
    /// <summary>A day of UTC.</summary>
    Day,

    /// <summary>A calendar month of UTC.</summary>
    Month,
}
