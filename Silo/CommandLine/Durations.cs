using System.Globalization;

namespace Cloud.Silo.CommandLine;

/// <summary>Durations as people write them.</summary>
public static class Durations
{
    private static readonly (string Unit, double Seconds)[] Units = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)];

    /// <summary>Reads a duration such as <c>200ms</c>, <c>12s</c>, <c>1.5m</c> or <c>2h</c>.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="duration">The duration.</param>
    /// <returns>False where the text is none, or zero.</returns>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        foreach ((string unit, double seconds) in Units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal)
                && double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
                && number > 0 && number * seconds <= TimeSpan.FromDays(365).TotalSeconds)
            {
                duration = TimeSpan.FromSeconds(number * seconds);
                return true;
            }
        }

        duration = default;
        return false;
    }
}
