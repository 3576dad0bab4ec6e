using Cloud.Gateway.Status;
using Microsoft.Extensions.Options;

namespace Cloud.Gateway.Webhooks;

/// <summary>Names the option and the rule that it breaks.</summary>
internal sealed class WebhookOptionsValidator : IValidateOptions<WebhookOptions>
{
    private const int MaxHooks = 64;
    private const int MaxIdLength = 64;
    private const int LeastSecret = 32;
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromSeconds(60);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, WebhookOptions options)
    {
        List<string> faults = [];
        Check(options.Hooks.Count <= MaxHooks, nameof(WebhookOptions.Hooks), $"must have at most {MaxHooks} entries, has {options.Hooks.Count}");
        Check(options.Timeout >= Least && options.Timeout <= LongestTimeout, nameof(WebhookOptions.Timeout), $"must be from {Least} to {LongestTimeout}, is {options.Timeout}");
        Check(options.FirstDelay >= Least, nameof(WebhookOptions.FirstDelay), $"must be at least {Least}, is {options.FirstDelay}");
        Check(options.LongestDelay >= options.FirstDelay, nameof(WebhookOptions.LongestDelay), $"must not be below {nameof(WebhookOptions.FirstDelay)}, is {options.LongestDelay}");
        Check(options.MaxAttempts >= 1, nameof(WebhookOptions.MaxAttempts), $"must be at least 1, is {options.MaxAttempts}");
        Check(options.MaxFailures >= 1, nameof(WebhookOptions.MaxFailures), $"must be at least 1, is {options.MaxFailures}");
        for (int i = 0; i < options.Hooks.Count; i++)
        {
            WebhookEntry hook = options.Hooks[i];
            string place = $"{nameof(WebhookOptions.Hooks)}:{i}:";
            Check(hook.Id.Length is >= 1 and <= MaxIdLength, place + nameof(WebhookEntry.Id), $"must have 1 to {MaxIdLength} characters");
            Check(!options.Hooks.Take(i).Any(other => other.Id == hook.Id), place + nameof(WebhookEntry.Id), "must not be that of another hook");
            Check(
                Uri.TryCreate(hook.Url, UriKind.Absolute, out Uri? url) && (url.Scheme == Uri.UriSchemeHttps || (options.AllowPrivateAddresses && url.Scheme == Uri.UriSchemeHttp)),
                place + nameof(WebhookEntry.Url),
                $"must be an https address, or http where {nameof(WebhookOptions.AllowPrivateAddresses)} is set");
            Check(hook.Secret.Length >= LeastSecret, place + nameof(WebhookEntry.Secret), $"must have at least {LeastSecret} characters");
            Check(hook.Types.All(EventNames.All.Contains), place + nameof(WebhookEntry.Types), $"must be of {string.Join(", ", EventNames.All.Order(StringComparer.Ordinal))}");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Check(bool isRight, string option, string rule)
        {
            if (!isRight)
            {
                faults.Add($"{WebhookOptions.Section}:{option} {rule}.");
            }
        }
    }
}
