namespace Cloud.Gateway.Webhooks;

/// <summary>Web-hooks and how patiently they are delivered. Bound from the section <c>Gateway:Webhooks</c>.</summary>
public sealed class WebhookOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Gateway:Webhooks";

    /// <summary>The hooks of the configuration, at most 64 together with those that requests make.</summary>
    public IList<WebhookEntry> Hooks { get; } = [];

    /// <summary>File with the hooks that requests have made, readable by this process only since it holds their secrets; empty keeps them in memory only.</summary>
    public string File { get; set; } = "";

    /// <summary>Most hooks that requests with one API key can make, from 1.</summary>
    public int MaxHooksPerKey { get; set; } = 16;

    /// <summary>Whether hooks may name hosts with private, loopback and link-local addresses, and use http. Off, a hook cannot reach what only this machine should.</summary>
    public bool AllowPrivateAddresses { get; set; }

    /// <summary>Longest time for one attempt, from 1 ms to 60 s.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Wait after the first failed attempt, from 1 ms; it doubles with each further one.</summary>
    public TimeSpan FirstDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait between attempts, not below the first.</summary>
    public TimeSpan LongestDelay { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Attempts for one event, from 1.</summary>
    public int MaxAttempts { get; set; } = 8;

    /// <summary>Events in a row that could not be delivered after which the hook is disabled, from 1.</summary>
    public int MaxFailures { get; set; } = 5;
}
