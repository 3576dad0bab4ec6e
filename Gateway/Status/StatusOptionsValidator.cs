using Microsoft.Extensions.Options;

namespace Cloud.Gateway.Status;

/// <summary>Names the option and the rule that it breaks.</summary>
internal sealed class StatusOptionsValidator : IValidateOptions<StatusOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, StatusOptions options)
    {
        List<string> faults = [];
        Least(options.MaxSlots, 8, nameof(StatusOptions.MaxSlots));
        Least(options.MaxTransactions, 100, nameof(StatusOptions.MaxTransactions));
        Least(options.MaxProofBytes, 1 << 20, nameof(StatusOptions.MaxProofBytes));
        Least(options.MaxIncidents, 16, nameof(StatusOptions.MaxIncidents));
        Least(options.MaxEvents, 64, nameof(StatusOptions.MaxEvents));
        Least(options.MaxQueuedEvents, 64, nameof(StatusOptions.MaxQueuedEvents));
        Least(options.MaxStreams, 1, nameof(StatusOptions.MaxStreams));
        Least((long)options.LandedDepth, 1, nameof(StatusOptions.LandedDepth));
        if (options.DashboardFolder.Length > 0 && !Directory.Exists(options.DashboardFolder))
        {
            faults.Add($"{StatusOptions.Section}:{nameof(StatusOptions.DashboardFolder)} names no folder: {options.DashboardFolder}");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Least(long value, long least, string option)
        {
            if (value < least)
            {
                faults.Add($"{StatusOptions.Section}:{option} must be at least {least}, is {value}.");
            }
        }
    }
}
