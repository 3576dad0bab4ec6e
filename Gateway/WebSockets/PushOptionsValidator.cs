using Microsoft.Extensions.Options;

namespace Cloud.Gateway.WebSockets;

/// <summary>Names the option and the rule that it breaks.</summary>
internal sealed class PushOptionsValidator : IValidateOptions<PushOptions>
{
    private const int LeastMessages = 16;
    private const long LeastBytes = 64 << 10;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, PushOptions options)
    {
        List<string> faults = [];
        if (options.MaxQueuedMessages < LeastMessages)
        {
            faults.Add($"{PushOptions.Section}:{nameof(PushOptions.MaxQueuedMessages)} must be at least {LeastMessages}.");
        }

        if (options.MaxQueuedBytes < LeastBytes)
        {
            faults.Add($"{PushOptions.Section}:{nameof(PushOptions.MaxQueuedBytes)} must be at least {LeastBytes}.");
        }

        if (options.SendTimeout <= TimeSpan.Zero || options.CloseTimeout <= TimeSpan.Zero || options.PingInterval <= TimeSpan.Zero || options.PongTimeout <= TimeSpan.Zero)
        {
            faults.Add($"{PushOptions.Section}: time-outs and intervals must be above zero.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
