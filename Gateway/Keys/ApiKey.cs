using Cloud.Gateway.Limits;

namespace Cloud.Gateway.Keys;

/// <summary>An API key as the gateway keeps it: never the key itself.</summary>
/// <param name="Id">Its name, which logs and usage show.</param>
/// <param name="Hash">SHA-256 of the secret, which has 256 random bits: no salt and no slow hash is needed against guessing.</param>
/// <param name="Scopes">What it allows.</param>
/// <param name="Rate">Its own rate; null for that of addresses.</param>
/// <param name="ExpiresAt">Until when it is valid; null for ever.</param>
/// <param name="Quota">What may be used up with it; null for no bound.</param>
internal sealed record ApiKey(string Id, string Hash, ApiScope Scopes, RateLimit? Rate, DateTimeOffset? ExpiresAt, KeyQuota? Quota = null);
