namespace Cloud.Gateway.Limits;

/// <summary>A client asks too much.</summary>
/// <param name="RetryAfter">When to ask again.</param>
/// <param name="Message">Which limit, and when there is room again.</param>
internal sealed record RateRefusal(TimeSpan RetryAfter, string Message)
{
    /// <summary>For the header <c>Retry-After</c>: whole seconds, at least one.</summary>
    public string RetryAfterSeconds => Math.Max(1, (long)Math.Ceiling(RetryAfter.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
