using System.Collections.Immutable;

namespace Cloud.Gateway.Webhooks;

/// <summary>How a web-hook does, for operators.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Url">Where events are posted.</param>
/// <param name="Types">Names of the wanted events; empty for all but transactions.</param>
/// <param name="Owner">Name of the API key that made it; null where it comes from the configuration.</param>
/// <param name="Delivered">Events that the receiver took.</param>
/// <param name="Failed">Events that it did not take after all attempts.</param>
/// <param name="Disabled">Why nothing is posted any more; null where the hook works.</param>
/// <param name="LastFailure">What the last failed attempt met with; null where none failed.</param>
internal sealed record WebhookState(
    string Id, string Url, ImmutableArray<string> Types, string? Owner, long Delivered, long Failed, string? Disabled, string? LastFailure);
