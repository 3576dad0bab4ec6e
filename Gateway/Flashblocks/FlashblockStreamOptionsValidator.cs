using Microsoft.Extensions.Options;

namespace Cloud.Gateway.Flashblocks;

/// <summary>Names the option and the rule that it breaks.</summary>
internal sealed class FlashblockStreamOptionsValidator : IValidateOptions<FlashblockStreamOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, FlashblockStreamOptions options)
    {
        List<string> faults = [];
        Least(options.MaxFrames, 16, nameof(FlashblockStreamOptions.MaxFrames));
        Least(options.MaxFrameBytes, 1 << 20, nameof(FlashblockStreamOptions.MaxFrameBytes));
        Least(options.MaxSubscribers, 1, nameof(FlashblockStreamOptions.MaxSubscribers));
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Least(long value, long least, string option)
        {
            if (value < least)
            {
                faults.Add($"{FlashblockStreamOptions.Section}:{option} must be at least {least}, is {value}.");
            }
        }
    }
}
