using Microsoft.Extensions.Options;

namespace Cloud.Silo;

/// <summary>Refuses settings that a silo cannot run with, each by its name and rule.</summary>
public sealed class SiloOptionsValidator : IValidateOptions<SiloOptions>
{
#if ORLEANS
    private const string Runtime = "Orleans";
#else
    private const string Runtime = "Embedded";
#endif

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, SiloOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        List<string> failures = [];
        Require(failures, !string.IsNullOrWhiteSpace(options.DataFolder), nameof(options.DataFolder), "must name a folder");
        Require(failures, IsName(options.ClusterId), nameof(options.ClusterId), "must have 1 to 63 letters, digits, '-' or '_'");
        Require(failures, IsName(options.ServiceId), nameof(options.ServiceId), "must have 1 to 63 letters, digits, '-' or '_'");
        Require(failures, options.SiloPort is > 0 and <= ushort.MaxValue, nameof(options.SiloPort), "must be from 1 to 65535");
        Require(failures, options.ClientPort is > 0 and <= ushort.MaxValue, nameof(options.ClientPort), "must be from 1 to 65535");
        Require(failures, options.SiloPort != options.ClientPort, nameof(options.ClientPort), $"must differ from {nameof(options.SiloPort)}");
        Require(
            failures,
            options.AdvertisedAddress is "" || System.Net.IPAddress.TryParse(options.AdvertisedAddress, out _),
            nameof(options.AdvertisedAddress),
            "must be an IP address, or empty for the machine's own");
        Require(
            failures,
            options.ProbeInterval >= TimeSpan.FromMilliseconds(200) && options.ProbeInterval <= TimeSpan.FromMinutes(1),
            nameof(options.ProbeInterval),
            "must be from 00:00:00.2 to 00:01:00");
        Require(failures, Enum.IsDefined(options.Role), nameof(options.Role), $"must be {string.Join(", ", Enum.GetNames<SiloRole>())}");
        Require(
            failures,
            options.Role == SiloRole.Both || options.IsClustered,
            nameof(options.Role),
            $"{options.Role} is for a cluster, whose {nameof(options.GrainStorage)} is PostgreSql or Azure; leave it out to run all in one process");
        Require(failures, Supports(options.GrainStorage), nameof(options.GrainStorage), $"{options.GrainStorage} is not available in this build, which runs on {Runtime}");
        Require(
            failures,
            options.GrainStorage is GrainStorageKind.Local or GrainStorageKind.Memory || !string.IsNullOrWhiteSpace(options.StorageConnection),
            nameof(options.StorageConnection),
            $"is required where {nameof(options.GrainStorage)} is {options.GrainStorage}");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static void Require(List<string> failures, bool holds, string option, string rule)
    {
        if (!holds)
        {
            failures.Add($"{SiloOptions.Section}:{option} {rule}.");
        }
    }

    private static bool IsName(string? value) =>
        value is { Length: > 0 and <= 63 } && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static bool Supports(GrainStorageKind kind) => kind switch
    {
#if ORLEANS
        GrainStorageKind.PostgreSql => true,
#else
        GrainStorageKind.Local => true,
#endif
#if AZURE_PROVIDERS
        GrainStorageKind.Azure => true,
#endif
        GrainStorageKind.Memory => true,
        _ => false,
    };
}
