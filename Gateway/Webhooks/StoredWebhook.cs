using System.Collections.Immutable;

namespace Cloud.Gateway.Webhooks;

/// <summary>A web-hook that was made by a request, as its file has it.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Url">Where events are posted.</param>
/// <param name="Secret">Key of the signatures. Signing needs it as it is, so the file is for this process only; nothing shows it again.</param>
/// <param name="Types">Names of the wanted events; empty for all but transactions.</param>
/// <param name="Owner">Name of the API key that made it.</param>
/// <param name="CreatedAt">When.</param>
internal sealed record StoredWebhook(string Id, string Url, string Secret, ImmutableArray<string> Types, string Owner, DateTimeOffset CreatedAt)
{
    /// <summary>The same as deliveries take it.</summary>
    public WebhookEntry ToEntry()
    {
        WebhookEntry entry = new() { Id = Id, Url = Url, Secret = Secret };
        foreach (string type in Types)
        {
            entry.Types.Add(type);
        }

        return entry;
    }
}
