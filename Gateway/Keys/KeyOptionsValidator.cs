using Microsoft.Extensions.Options;

namespace Cloud.Gateway.Keys;

/// <summary>Names the option and the rule that it breaks.</summary>
internal sealed class KeyOptionsValidator : IValidateOptions<KeyOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, KeyOptions options) => options.OperatorKey.Length is > 0 and < KeyOptions.LeastSecret
        ? ValidateOptionsResult.Fail($"{KeyOptions.Section}:{nameof(KeyOptions.OperatorKey)} must have at least {KeyOptions.LeastSecret} characters.")
        : ValidateOptionsResult.Success;
}
