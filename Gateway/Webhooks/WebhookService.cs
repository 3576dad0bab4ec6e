using System.Collections.Immutable;
using System.Text.Json;
using Cloud.Gateway.Status;
using Cloud.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cloud.Gateway.Webhooks;

/// <summary>All web-hooks, those of the configuration and those that requests have made. Each delivers at its own pace: one that does not answer keeps no other waiting. Safe for several threads.</summary>
internal sealed class WebhookService : BackgroundService
{
    private readonly Lock _gate = new();
    private readonly EventLog _log;
    private readonly WebhookOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<WebhookDelivery> _logger;
    private readonly HttpClient _client;
    private ImmutableArray<Entry> _entries = [];
    private CancellationToken? _stopping;

    /// <summary>Makes the deliveries.</summary>
    /// <param name="log">The events.</param>
    /// <param name="options">The hooks.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">For hooks that are disabled.</param>
    /// <exception cref="InvalidDataException">The file of hooks is not what this class writes.</exception>
    /// <exception cref="StorageException">The file cannot be read.</exception>
    public WebhookService(EventLog log, WebhookOptions options, TimeProvider time, ILogger<WebhookDelivery> logger)
    {
        _log = log;
        _options = options;
        _time = time;
        _logger = logger;
        _client = new HttpClient(new SocketsHttpHandler
        {
            // A redirection could lead where the address itself may not.
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            ConnectCallback = options.AllowPrivateAddresses ? null : PublicAddresses.ConnectAsync,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _entries = [.. options.Hooks.Select(hook => Make(hook, null)), .. Load(options.File).Select(hook => Make(hook.ToEntry(), hook))];
    }

    /// <summary>One for each hook.</summary>
    public ImmutableArray<WebhookDelivery> Deliveries => [.. Present.Select(entry => entry.Delivery)];

    private ImmutableArray<Entry> Present
    {
        get
        {
            lock (_gate)
            {
                return _entries;
            }
        }
    }

    /// <summary>Makes a hook.</summary>
    /// <param name="hook">The hook, which keeps to <see cref="WebhookRules"/>.</param>
    /// <returns>What it comes to.</returns>
    /// <exception cref="StorageException">It cannot be stored, and is not made.</exception>
    public WebhookAdding TryAdd(StoredWebhook hook)
    {
        lock (_gate)
        {
            if (_entries.Any(known => known.Delivery.State.Id == hook.Id))
            {
                return new WebhookAdding.NameTaken();
            }

            if (_entries.Length >= WebhookRules.MaxHooks)
            {
                return new WebhookAdding.TooMany(WebhookRules.MaxHooks, IsOfOwner: false);
            }

            if (_entries.Count(known => known.Stored?.Owner == hook.Owner) >= _options.MaxHooksPerKey)
            {
                return new WebhookAdding.TooMany(_options.MaxHooksPerKey, IsOfOwner: true);
            }

            Entry entry = Make(hook.ToEntry(), hook);
            ImmutableArray<Entry> entries = _entries.Add(entry);
            Save(entries);
            _entries = entries;
            Start(entry);
            return new WebhookAdding.Added(entry.Delivery.State);
        }
    }

    /// <summary>Takes away a hook that a request has made.</summary>
    /// <param name="id">Its name.</param>
    /// <returns>False where there is none, or where it comes from the configuration.</returns>
    /// <exception cref="StorageException">That cannot be stored, and the hook stays.</exception>
    public bool Remove(string id)
    {
        Entry? entry;
        lock (_gate)
        {
            entry = _entries.FirstOrDefault(known => known.Stored is not null && known.Delivery.State.Id == id);
            if (entry is null)
            {
                return false;
            }

            ImmutableArray<Entry> entries = _entries.Remove(entry);
            Save(entries);
            _entries = entries;
        }

        entry.Stop.Cancel();
        return true;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        foreach (Entry entry in Present)
        {
            entry.Stop.Dispose();
        }

        _client.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        lock (_gate)
        {
            _stopping = stoppingToken;
            foreach (Entry entry in _entries)
            {
                Start(entry);
            }
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // Receivers see the gap by the ids.
        await Task.WhenAll(Present.Select(entry => entry.Running)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static StoredWebhook[] Load(string file)
    {
        if (file.Length == 0 || !File.Exists(file))
        {
            return [];
        }

        try
        {
            return JsonSerializer.Deserialize(DurableFile.Read(file), WebhooksJson.Default.StoredWebhookArray) ?? [];
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{file} holds no web-hooks: {exception.Message}", exception);
        }
    }

    private Entry Make(WebhookEntry hook, StoredWebhook? stored) => new(new WebhookDelivery(_log, hook, stored?.Owner, _options, _client, _time, _logger), stored);

    private void Start(Entry entry)
    {
        if (_stopping is { } stopping)
        {
            entry.Running = RunAsync(entry, stopping);
        }
    }

    private static async Task RunAsync(Entry entry, CancellationToken stopping)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(stopping, entry.Stop.Token);
        try
        {
            await entry.Delivery.RunAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // The gateway stops, or the hook is taken away.
        }
    }

    private void Save(ImmutableArray<Entry> entries)
    {
        if (_options.File.Length > 0)
        {
            DurableFile.Write(_options.File, JsonSerializer.SerializeToUtf8Bytes([.. entries.Select(entry => entry.Stored).OfType<StoredWebhook>()], WebhooksJson.Default.StoredWebhookArray), isPrivate: true);
        }
    }

    private sealed class Entry(WebhookDelivery delivery, StoredWebhook? stored)
    {
        public WebhookDelivery Delivery => delivery;

        public StoredWebhook? Stored => stored;

        public CancellationTokenSource Stop { get; } = new();

        public Task Running { get; set; } = Task.CompletedTask;
    }
}
