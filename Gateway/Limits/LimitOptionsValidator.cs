using Microsoft.Extensions.Options;

namespace Cloud.Gateway.Limits;

/// <summary>Names the option and the rule that it breaks.</summary>
internal sealed class LimitOptionsValidator : IValidateOptions<LimitOptions>
{
    private const double LeastBurst = 100;
    private const int MostProxies = 8;

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

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
