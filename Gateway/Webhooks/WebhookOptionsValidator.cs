using Microsoft.Extensions.Options;

namespace Cloud.Gateway.Webhooks;

/// <summary>Names the option and the rule that it breaks.</summary>
internal sealed class WebhookOptionsValidator : IValidateOptions<WebhookOptions>
{
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromSeconds(60);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, WebhookOptions options)
    {
        List<string> faults = [];
        Check(options.Hooks.Count <= WebhookRules.MaxHooks, nameof(WebhookOptions.Hooks), $"must have at most {WebhookRules.MaxHooks} entries, has {options.Hooks.Count}");
        Check(options.Timeout >= Least && options.Timeout <= LongestTimeout, nameof(WebhookOptions.Timeout), $"must be from {Least} to {LongestTimeout}, is {options.Timeout}");
        Check(options.FirstDelay >= Least, nameof(WebhookOptions.FirstDelay), $"must be at least {Least}, is {options.FirstDelay}");
        Check(options.LongestDelay >= options.FirstDelay, nameof(WebhookOptions.LongestDelay), $"must not be below {nameof(WebhookOptions.FirstDelay)}, is {options.LongestDelay}");
        Check(options.MaxAttempts >= 1, nameof(WebhookOptions.MaxAttempts), $"must be at least 1, is {options.MaxAttempts}");
        Check(options.MaxHooksPerKey >= 1, nameof(WebhookOptions.MaxHooksPerKey), $"must be at least 1, is {options.MaxHooksPerKey}");
        Check(options.MaxFailures >= 1, nameof(WebhookOptions.MaxFailures), $"must be at least 1, is {options.MaxFailures}");
        for (int i = 0; i < options.Hooks.Count; i++)
        {
            WebhookEntry hook = options.Hooks[i];
            string place = $"{nameof(WebhookOptions.Hooks)}:{i}:";
            foreach ((string part, string rule) in WebhookRules.FaultsOf(hook.Id, hook.Url, hook.Secret, hook.Types, options.AllowPrivateAddresses))
            {
                Check(false, place + part, rule);
            }

            Check(!options.Hooks.Take(i).Any(other => other.Id == hook.Id), place + nameof(WebhookEntry.Id), "must not be that of another hook");
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
