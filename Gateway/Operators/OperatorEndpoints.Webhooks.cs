using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Cloud.Gateway.Keys;
using Cloud.Gateway.Status;
using Cloud.Gateway.Status.Documents;
using Cloud.Gateway.Webhooks;
using Microsoft.AspNetCore.Http;

namespace Cloud.Gateway.Operators;

/// <summary>Web-hooks: operators manage all of them, a key with the scope webhooks those that it has made.</summary>
internal sealed partial class OperatorEndpoints
{
    private const string SecretPrefix = "whsec_";
    private const int SecretBytes = 32;

    private static ApiKey KeyOf(HttpContext context) => context.Features.Get<ApiKey>()!;

    private static bool CanSee(ApiKey key, WebhookState hook, ApiScope scopes) => (key.Scopes & scopes) != 0 || hook.Owner == key.Id;

    private Task<object> ListWebhooksAsync(HttpContext context)
    {
        ApiKey key = KeyOf(context);
        return Task.FromResult<object>(
            webhooks.Deliveries.Select(delivery => delivery.State).Where(state => CanSee(key, state, ApiScope.OperatorRead | ApiScope.Operator)).ToImmutableArray());
    }

    private async Task<object> CreateWebhookAsync(HttpContext context)
    {
        WebhookRequest? request;
        try
        {
            request = JsonSerializer.Deserialize<WebhookRequest>(await ReadAsync(context).ConfigureAwait(false) ?? [], Reading);
        }
        catch (JsonException exception)
        {
            return Problems.Invalid("body", $"JSON such as {{\"id\": \"ledger\", \"url\": \"https://example.org/events\"}} is expected: {exception.Message}");
        }

        string? made = request?.Secret is null ? SecretPrefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes)) : null;
        StoredWebhook hook = new(request?.Id ?? "", request?.Url ?? "", request?.Secret ?? made!, request?.Types ?? [], KeyOf(context).Id, time.GetUtcNow());
        if (WebhookRules.FaultsOf(hook.Id, hook.Url, hook.Secret, hook.Types, webhookOptions.AllowPrivateAddresses) is [var (part, rule), ..])
        {
            return Problems.Invalid(JsonNamingPolicy.CamelCase.ConvertName(part), $"{part} {rule}.");
        }

        return webhooks.TryAdd(hook) switch
        {
            WebhookAdding.Added added => new { added.State.Id, added.State.Url, added.State.Types, added.State.Owner, Secret = made },
            WebhookAdding.TooMany full => new ProblemDocument(
                "/problems/too-many-webhooks",
                "Too many web-hooks",
                StatusCodes.Status429TooManyRequests,
                full.IsOfOwner ? $"The key {hook.Owner} has made {full.Limit} web-hooks, as many as it may." : $"There are {full.Limit} web-hooks, as many as may be.",
                Limit: full.Limit),
            _ => Problems.Invalid("id", $"There is a web-hook {hook.Id} already."),
        };
    }

    private Task<object> RemoveWebhookAsync(HttpContext context) => Task.FromResult<object>(FindWebhook(context, out WebhookDelivery? found) is { } refusal ? refusal
        : found!.State.Owner is null ? Problems.Invalid("id", $"The web-hook {found.State.Id} comes from the configuration, and goes with it.")
        : webhooks.Remove(found.State.Id) ? new { found.State.Id, Removed = true }
        : Problems.NotFound($"There is no web-hook {found.State.Id}."));

    private Task<object> EnableWebhookAsync(HttpContext context)
    {
        if (FindWebhook(context, out WebhookDelivery? found) is { } refusal)
        {
            return Task.FromResult<object>(refusal);
        }

        found!.Enable();
        return Task.FromResult<object>(found.State);
    }

    /// <summary>Finds the hook that a request names; another key's hook is as good as none.</summary>
    private ProblemDocument? FindWebhook(HttpContext context, out WebhookDelivery? found)
    {
        string id = context.Request.RouteValues["id"] as string ?? "";
        ApiKey key = KeyOf(context);
        found = webhooks.Deliveries.FirstOrDefault(delivery => delivery.State.Id == id && CanSee(key, delivery.State, ApiScope.Operator));
        return found is null ? Problems.NotFound($"There is no web-hook {id}.") : null;
    }
}
