using Microsoft.Extensions.Options;

namespace Cloud.Gateway.Limits;

/// <summary>Names the option and the rule that it breaks.</summary>
internal sealed class LimitOptionsValidator : IValidateOptions<LimitOptions>
{
    private const double LeastBurst = 100;
    private const int MostProxies = 8;
    private const int LeastHeaders = 1 << 10;
    private const int MostHeaders = 1 << 20;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, LimitOptions options)
    {
        List<string> faults = [];
        if (!(options.AddressPerSecond >= 0) || double.IsInfinity(options.AddressPerSecond))
        {
            faults.Add($"{LimitOptions.Section}:{nameof(LimitOptions.AddressPerSecond)} must be a number from 0.");
        }

        if (!(options.AddressBurst >= LeastBurst) || double.IsInfinity(options.AddressBurst))
        {
            faults.Add($"{LimitOptions.Section}:{nameof(LimitOptions.AddressBurst)} must be a number from {LeastBurst}.");
        }

        if (options.TrustedProxies is < 0 or > MostProxies)
        {
            faults.Add($"{LimitOptions.Section}:{nameof(LimitOptions.TrustedProxies)} must be from 0 to {MostProxies}.");
        }

        if (options.MaxConnections < 1 || options.MaxConnectionsPerAddress < 1 || options.MaxConnectionsPerKey < 1)
        {
            faults.Add($"{LimitOptions.Section}:{nameof(LimitOptions.MaxConnections)}, {nameof(LimitOptions.MaxConnectionsPerAddress)} and {nameof(LimitOptions.MaxConnectionsPerKey)} must be at least 1.");
        }

        if (options.HeaderTimeout < TimeSpan.FromSeconds(1) || options.MaxHeaderBytes is < LeastHeaders or > MostHeaders || !(options.LeastBodyRate >= 0) || double.IsInfinity(options.LeastBodyRate))
        {
            faults.Add(
                $"{LimitOptions.Section}: {nameof(LimitOptions.HeaderTimeout)} must be at least 1 s, {nameof(LimitOptions.MaxHeaderBytes)} from {LeastHeaders} to {MostHeaders}, {nameof(LimitOptions.LeastBodyRate)} a number from 0.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
