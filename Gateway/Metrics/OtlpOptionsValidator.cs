using Microsoft.Extensions.Options;

namespace Cloud.Gateway.Metrics;

/// <summary>Names the option and the rule that it breaks.</summary>
internal sealed class OtlpOptionsValidator : IValidateOptions<OtlpOptions>
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, OtlpOptions options)
    {
        List<string> faults = [];
        if (options.Endpoint.Length > 0 && (!Uri.TryCreate(options.Endpoint, UriKind.Absolute, out Uri? endpoint) || (endpoint.Scheme != Uri.UriSchemeHttp && endpoint.Scheme != Uri.UriSchemeHttps)))
        {
            faults.Add($"{OtlpOptions.Section}:{nameof(OtlpOptions.Endpoint)} must be empty or an http or https address, is {options.Endpoint}.");
        }

        if (options.Interval < Shortest || options.Interval > Longest)
        {
            faults.Add($"{OtlpOptions.Section}:{nameof(OtlpOptions.Interval)} must be from {Shortest} to {Longest}, is {options.Interval}.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
