namespace Cloud.Gateway.Webhooks;

/// <summary>One web-hook: where status events are posted.</summary>
public sealed class WebhookEntry
{
    /// <summary>Its name for operators, 1 to 64 characters.</summary>
    public string Id { get; set; } = "";

    /// <summary>Where events are posted; https, or http as well where private addresses are allowed.</summary>
    public string Url { get; set; } = "";

    /// <summary>Key of the signatures (HMAC-SHA256), from 32 characters. The receiver has the same.</summary>
    public string Secret { get; set; } = "";

    /// <summary>Names of the wanted events as in the status API; empty for all but transactions.</summary>
    public IList<string> Types { get; } = [];
}
