using System.Collections.Immutable;

namespace Cloud.Gateway.Webhooks;

/// <summary>A web-hook to make.</summary>
/// <param name="Id">Its name, 1 to 64 letters, digits, dots, hyphens and underscores.</param>
/// <param name="Url">Where events are posted.</param>
/// <param name="Types">Names of the wanted events; absent or empty for all but transactions.</param>
/// <param name="Secret">Key of the signatures, 32 to 256 characters; absent for one that the gateway makes and tells once.</param>
internal sealed record WebhookRequest(string? Id, string? Url, ImmutableArray<string>? Types, string? Secret);
