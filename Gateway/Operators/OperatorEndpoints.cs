using System.Collections.Immutable;
using System.Text.Json;
using Cloud.Gateway.Http;
using Cloud.Gateway.Keys;
using Cloud.Gateway.Limits;
using Cloud.Gateway.Status;
using Cloud.Gateway.Status.Documents;
using Cloud.Gateway.Webhooks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Signing;
using Cloud.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Cloud.Gateway.Operators;

/// <summary>What operators do: keys, drain and safe shutdown, validators and their signing ledgers, audit. Nothing of it answers without a key that allows it, and every change is noted.</summary>
internal sealed partial class OperatorEndpoints(
    ApiKeyStore keys,
    UsageBook usage,
    ConnectionLimiter connections,
    ClientResolver clients,
    AuditLog audit,
    DrainState drain,
    StatusBook book,
    SettlementBook settlement,
    WebhookService webhooks,
    WebhookOptions webhookOptions,
    TimeProvider time,
    IServiceProvider services)
{
    private const string Root = "/operator/v1";
    private const int MaxBody = 32 << 20;
    private const int MaxIdLength = 64;
    private const int MaxAudit = 200;
    private const double LeastBurst = 100;
    private const int BurstSeconds = 10;

    private static readonly JsonSerializerOptions Reading = new(JsonSerializerDefaults.Web) { MaxDepth = 8 };
    private static readonly Dictionary<string, ApiScope> Scopes = new(StringComparer.Ordinal)
    {
        ["rpc"] = ApiScope.Rpc,
        ["debug"] = ApiScope.Debug,
        ["webhooks"] = ApiScope.Webhooks,
        ["operator-read"] = ApiScope.OperatorRead,
        ["operator"] = ApiScope.Operator,
    };

    private readonly IValidatorControl? _validators = services.GetService<IValidatorControl>();

    /// <summary>Maps the endpoints.</summary>
    /// <param name="application">The host.</param>
    public void Map(IEndpointRouteBuilder application)
    {
        if (_validators is not null)
        {
            book.Hosted = [.. _validators.Validators];
        }

        application.MapGet($"{Root}/state", Guarded(ApiScope.OperatorRead, null, StateAsync));
        application.MapGet($"{Root}/keys", Guarded(ApiScope.OperatorRead, null, _ => Task.FromResult<object>(keys.All.Select(KeyDocument).ToImmutableArray())));
        application.MapPost($"{Root}/keys", Guarded(ApiScope.Operator, "create-key", CreateKeyAsync));
        application.MapDelete($"{Root}/keys/{{id}}", Guarded(ApiScope.Operator, "remove-key", RemoveKeyAsync));
        application.MapGet($"{Root}/validators", Guarded(ApiScope.OperatorRead, null, _ => Task.FromResult<object>(_validators?.Validators ?? [])));
        application.MapGet($"{Root}/validators/{{address}}/ledger", Guarded(ApiScope.Operator, "export-ledger", ExportAsync));
        application.MapPost($"{Root}/validators/{{address}}/ledger", Guarded(ApiScope.Operator, "import-ledger", ImportAsync));
        application.MapGet($"{Root}/usage", Guarded(ApiScope.OperatorRead, null, _ => Task.FromResult<object>(Usage())));
        application.MapGet($"{Root}/webhooks", Guarded(ApiScope.OperatorRead | ApiScope.Webhooks, null, ListWebhooksAsync));
        application.MapPost($"{Root}/webhooks", Guarded(ApiScope.Operator | ApiScope.Webhooks, "create-webhook", CreateWebhookAsync));
        application.MapDelete($"{Root}/webhooks/{{id}}", Guarded(ApiScope.Operator | ApiScope.Webhooks, "remove-webhook", RemoveWebhookAsync));
        application.MapPost($"{Root}/webhooks/{{id}}/enable", Guarded(ApiScope.Operator | ApiScope.Webhooks, "enable-webhook", EnableWebhookAsync));
        application.MapPost($"{Root}/drain", Guarded(ApiScope.Operator, "drain", DrainAsync));
        application.MapGet($"{Root}/audit", Guarded(ApiScope.OperatorRead, null, _ => Task.FromResult<object>(audit.Newest(MaxAudit))));
    }

    private RequestDelegate Guarded(ApiScope scope, string? action, Func<HttpContext, Task<object>> answer) => async context =>
    {
        if (!clients.TryResolve(context, out ApiKey? key, out ClientId client) || key is null)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await Problems.WriteAsync(context, Problems.Unauthorized("Show an operator's key: Authorization: Bearer KEY.")).ConfigureAwait(false);
            return;
        }

        string subject = context.Request.RouteValues["id"] as string ?? context.Request.RouteValues["address"] as string ?? "";

        // Any of the scopes will do, and who may change things may look at them.
        bool isAllowed = (key.Scopes & scope) != 0 || (scope.HasFlag(ApiScope.OperatorRead) && key.Scopes.HasFlag(ApiScope.Operator));
        context.Features.Set(key);
        object document;
        try
        {
            document = isAllowed ? await answer(context).ConfigureAwait(false) : Problems.Forbidden($"The key {key.Id} does not have the scope {NameOf(scope)}.");
        }
        catch (StorageException exception)
        {
            document = Problems.NotReady($"It could not be stored, and nothing was changed: {exception.Message}");
        }

        int status = document is ProblemDocument problem ? problem.Status : StatusCodes.Status200OK;
        if (action is not null)
        {
            audit.Add(new AuditEntry(time.GetUtcNow(), key.Id, client.Address.ToString(), action, subject, status));
        }

        if (document is ProblemDocument refusal)
        {
            await Problems.WriteAsync(context, refusal).ConfigureAwait(false);
            return;
        }

        byte[] body = document as byte[] ?? StatusJson.Write(document);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    };

    private static string NameOf(ApiScope scope) => string.Join(" or ", Scopes.Where(pair => scope.HasFlag(pair.Value)).Select(pair => pair.Key));

    private static object KeyDocument(ApiKey key) => new
    {
        key.Id,
        Scopes = Scopes.Where(pair => key.Scopes.HasFlag(pair.Value)).Select(pair => pair.Key).ToImmutableArray(),
        key.Rate?.PerSecond,
        key.Rate?.Burst,
        key.ExpiresAt,
        key.Quota?.PerDay,
        key.Quota?.PerMonth,
    };

    private ImmutableArray<object> Usage()
    {
        DateTimeOffset now = time.GetUtcNow();
        Dictionary<string, KeyUsage> used = usage.All.ToDictionary(one => one.Id, StringComparer.Ordinal);
        return
        [
            .. keys.All.Select(key => (Key: key, Usage: used.GetValueOrDefault(key.Id))).Select(one => (object)new
            {
                one.Key.Id,
                Day = Counts(one.Usage?.Today, one.Key.Quota?.PerDay, QuotaPeriod.Day),
                Month = Counts(one.Usage?.Month, one.Key.Quota?.PerMonth, QuotaPeriod.Month),
                Total = one.Usage?.Total ?? UsageCounts.None,
                Connections = connections.CountOf(one.Key.Id),
                one.Usage?.LastUsedAt,
            }),
        ];

        object Counts(UsageCounts? counts, long? quota, QuotaPeriod period) => new
        {
            (counts ?? UsageCounts.None).Units, (counts ?? UsageCounts.None).Requests, (counts ?? UsageCounts.None).Refused, Quota = quota, ResetsAt = UsageBook.ResetOf(period, now),
        };
    }

    private static async Task<byte[]?> ReadAsync(HttpContext context)
    {
        using MemoryStream body = new();
        byte[] buffer = new byte[1 << 16];
        int read;
        while ((read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted).ConfigureAwait(false)) > 0)
        {
            if (body.Length + read > MaxBody)
            {
                return null;
            }

            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }

    /// <summary>Whether the process can be ended without a checkpoint being late.</summary>
    private Task<object> StateAsync(HttpContext context)
    {
        int inFlight = settlement.Present.Ledger.Lanes.Sum(lane => lane.Items.Count(item => item.Inclusion is null)) + settlement.Present.Ledger.Queue.Length;
        List<string> reasons = [];
        if (!drain.IsDraining)
        {
            reasons.Add("It takes new connections: POST /operator/v1/drain first.");
        }

        if (inFlight > 0)
        {
            reasons.Add($"{inFlight} checkpoints are on their way to L1.");
        }

        int streams = book.Log.Streams - webhooks.Deliveries.Count(delivery => delivery.IsReading);
        if (streams > 0)
        {
            reasons.Add($"{streams} event streams are open.");
        }

        return Task.FromResult<object>(new { drain.IsDraining, CanShutdown = reasons.Count == 0, Reasons = reasons, Publishers = book.Publishers(settlement.Alarms) });
    }

    private async Task<object> CreateKeyAsync(HttpContext context)
    {
        KeyRequest? request;
        try
        {
            request = JsonSerializer.Deserialize<KeyRequest>(await ReadAsync(context).ConfigureAwait(false) ?? [], Reading);
        }
        catch (JsonException exception)
        {
            return Problems.Invalid("body", $"JSON such as {{\"id\": \"wallet\", \"scopes\": [\"rpc\"]}} is expected: {exception.Message}");
        }

        if (request?.Id is not { Length: >= 1 and <= MaxIdLength } id || !id.All(character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_'))
        {
            return Problems.Invalid("id", $"1 to {MaxIdLength} letters, digits, dots, hyphens and underscores are expected.") with { Limit = MaxIdLength };
        }

        ApiScope scopes = ApiScope.None;
        foreach (string name in request.Scopes ?? [])
        {
            if (!Scopes.TryGetValue(name, out ApiScope scope))
            {
                return Problems.Invalid("scopes", $"Scopes are {string.Join(", ", Scopes.Keys)}.");
            }

            scopes |= scope;
        }

        if (request.PerSecond is < 0 || request.Burst < LeastBurst)
        {
            return Problems.Invalid(request.Burst < LeastBurst ? "burst" : "perSecond", $"perSecond is a number from 0, burst one from {LeastBurst}.");
        }

        if (request.PerDay is < 1 || request.PerMonth is < 1)
        {
            return Problems.Invalid(request.PerDay is < 1 ? "perDay" : "perMonth", "A quota is a whole number of units from 1.");
        }

        RateLimit? rate = request.PerSecond is { } perSecond ? new RateLimit(perSecond, request.Burst ?? Math.Max(LeastBurst, perSecond * BurstSeconds)) : null;
        KeyQuota? quota = request.PerDay is null && request.PerMonth is null ? null : new KeyQuota(request.PerDay, request.PerMonth);
        return keys.TryCreate(id, scopes, rate, request.ExpiresAt, quota) is { } secret
            ? new { Id = id, Secret = secret }
            : Problems.Invalid("id", $"There is a key {id} already.");
    }

    private Task<object> RemoveKeyAsync(HttpContext context)
    {
        string id = context.Request.RouteValues["id"] as string ?? "";
        if (!keys.Remove(id))
        {
            return Task.FromResult<object>(Problems.NotFound($"There is no key {id}."));
        }

        usage.Remove(id);
        return Task.FromResult<object>(new { Id = id, Removed = true });
    }

    private Task<object> DrainAsync(HttpContext context)
    {
        drain.Begin();
        return Task.FromResult<object>(new { drain.IsDraining });
    }

    private async Task<object> ExportAsync(HttpContext context) => FindValidator(context, out Address validator) is { } refusal
        ? refusal
        : await _validators!.ExportAsync(validator, context.RequestAborted).ConfigureAwait(false);

    private async Task<object> ImportAsync(HttpContext context)
    {
        if (FindValidator(context, out Address validator) is { } refusal)
        {
            return refusal;
        }

        if (await ReadAsync(context).ConfigureAwait(false) is not { } body)
        {
            return Problems.Invalid("body", $"At most {MaxBody} bytes are allowed.") with { Limit = MaxBody };
        }

        if (SigningInterchange.Read(body) is InterchangeReading.Refused unreadable)
        {
            return Problems.Invalid("body", unreadable.Reason.Message);
        }

        string fault = await _validators!.ImportAsync(validator, body, context.RequestAborted).ConfigureAwait(false);
        return fault.Length > 0 ? Problems.Invalid("body", fault) : new { Validator = validator, Imported = true };
    }

    private ProblemDocument? FindValidator(HttpContext context, out Address validator) =>
        !Address.TryParse(context.Request.RouteValues["address"] as string ?? "", null, out validator) ? Problems.Invalid("address", "An address is expected: 0x and 40 hex digits.")
        : _validators is null || !_validators.Validators.Contains(validator) ? Problems.NotFound($"This installation holds no key of {validator}.")
        : null;
}
