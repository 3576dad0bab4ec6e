using System.Globalization;

namespace Orleans;

/// <summary>How long a caller of this method waits for the response. Expiry is looked for once a second or at the default time-out if that is shorter, so it is no tool for deadlines below a second.</summary>
/// <param name="timeout">A time span in the invariant format.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ResponseTimeoutAttribute(string timeout) : Attribute
{
    /// <summary>The time-out.</summary>
    public TimeSpan? Timeout { get; init; } = TimeSpan.Parse(timeout, CultureInfo.InvariantCulture);
}
