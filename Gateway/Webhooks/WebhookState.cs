namespace Cloud.Gateway.Webhooks;

/// <summary>How a web-hook does, for operators.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Url">Where events are posted.</param>
/// <param name="Delivered">Events that the receiver took.</param>
/// <param name="Failed">Events that it did not take after all attempts.</param>
/// <param name="Disabled">Why nothing is posted any more; null where the hook works.</param>
/// <param name="LastFailure">What the last failed attempt met with; null where none failed.</param>
internal sealed record WebhookState(string Id, string Url, long Delivered, long Failed, string? Disabled, string? LastFailure);
