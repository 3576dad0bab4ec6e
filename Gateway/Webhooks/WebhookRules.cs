using System.Collections.Immutable;
using System.Net;
using Cloud.Gateway.Status;

namespace Cloud.Gateway.Webhooks;

/// <summary>What a web-hook must be like, wherever it comes from.</summary>
internal static class WebhookRules
{
    /// <summary>Most hooks in all.</summary>
    public const int MaxHooks = 64;

    private const int MaxIdLength = 64;
    private const int MaxUrlLength = 2048;
    private const int LeastSecret = 32;
    private const int MostSecret = 256;

    /// <summary>Checks a hook.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="address">Where events are posted.</param>
    /// <param name="secret">Key of the signatures.</param>
    /// <param name="types">Names of the wanted events.</param>
    /// <param name="allowsPrivate">Whether private addresses and http are allowed.</param>
    /// <returns>Each part that breaks a rule, and the rule; empty for a sound hook.</returns>
    public static ImmutableArray<(string Part, string Rule)> FaultsOf(string id, string address, string secret, IEnumerable<string> types, bool allowsPrivate)
    {
        ImmutableArray<(string Part, string Rule)>.Builder faults = ImmutableArray.CreateBuilder<(string Part, string Rule)>();
        if (id.Length is < 1 or > MaxIdLength || !id.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_'))
        {
            faults.Add((nameof(WebhookEntry.Id), $"must be 1 to {MaxIdLength} letters, digits, dots, hyphens and underscores"));
        }

        if (address.Length > MaxUrlLength || !Uri.TryCreate(address, UriKind.Absolute, out Uri? url) || !(url.Scheme == Uri.UriSchemeHttps || (allowsPrivate && url.Scheme == Uri.UriSchemeHttp)))
        {
            faults.Add((nameof(WebhookEntry.Url), $"must be an https address of at most {MaxUrlLength} characters, or http where {nameof(WebhookOptions.AllowPrivateAddresses)} is set"));
        }
        else if (url.UserInfo.Length > 0)
        {
            faults.Add((nameof(WebhookEntry.Url), "must not hold a name or a password"));
        }
        else if (!allowsPrivate && IPAddress.TryParse(url.DnsSafeHost, out IPAddress? literal) && !PublicAddresses.Contains(literal))
        {
            // Names are looked up, and held to the same rule, each time that something is posted.
            faults.Add((nameof(WebhookEntry.Url), "must not be a private, loopback or link-local address"));
        }

        if (secret.Length is < LeastSecret or > MostSecret)
        {
            faults.Add((nameof(WebhookEntry.Secret), $"must have {LeastSecret} to {MostSecret} characters"));
        }

        if (!types.All(EventNames.All.Contains))
        {
            faults.Add((nameof(WebhookEntry.Types), $"must be of {string.Join(", ", EventNames.All.Order(StringComparer.Ordinal))}"));
        }

        return faults.ToImmutable();
    }
}
