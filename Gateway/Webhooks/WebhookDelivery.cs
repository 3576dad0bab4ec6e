using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Cloud.Gateway.Status;
using Microsoft.Extensions.Logging;

namespace Cloud.Gateway.Webhooks;

/// <summary>Posts the events of one web-hook, one after the other. What waits is bounded by the event log; a hook that falls behind it is told by the event <c>reset</c>, as every reader is.</summary>
internal sealed partial class WebhookDelivery(
    EventLog log, WebhookEntry hook, string? owner, WebhookOptions options, HttpClient client, TimeProvider time, ILogger<WebhookDelivery> logger)
{
    private readonly EventFilter _filter = new(hook.Types.Count > 0 ? hook.Types.ToFrozenSet(StringComparer.Ordinal) : null, null);
    private WebhookState _state = new(hook.Id, hook.Url, [.. hook.Types], owner, 0, 0, null, null);
    private TaskCompletionSource _enabled = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How it does.</summary>
    public WebhookState State => Volatile.Read(ref _state);

    /// <summary>Whether an event stream is open for it.</summary>
    public bool IsReading { get; private set; }

    /// <summary>Lets a disabled hook go on, with what the log still has.</summary>
    public void Enable()
    {
        Set(state => state with { Disabled = null });
        Volatile.Read(ref _enabled).TrySetResult();
    }

    /// <summary>Delivers until it is cancelled or the log closes.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        string? after = log.LastId;
        int failures = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            using EventStream? stream = log.Open(_filter, after);
            if (stream is null)
            {
                return;
            }

            IsReading = true;
            try
            {
                await foreach (LoggedEvent logged in stream.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                {
                    if (logged.Sequence is null && logged.Name != EventNames.Reset)
                    {
                        continue;
                    }

                    string id = logged.Sequence is { } sequence ? log.IdOf(sequence) : $"{log.LastId}-{EventNames.Reset}";
                    failures = await DeliverAsync(id, logged, cancellationToken).ConfigureAwait(false) ? 0 : failures + 1;
                    after = logged.Sequence is null ? log.LastId : id;
                    if (State.Disabled is null && failures >= options.MaxFailures)
                    {
                        Disable(string.Create(CultureInfo.InvariantCulture, $"{failures} events in a row could not be delivered"));
                    }

                    if (State.Disabled is not null)
                    {
                        break;
                    }
                }
            }
            finally
            {
                IsReading = false;
            }

            if (State.Disabled is not null)
            {
                await Volatile.Read(ref _enabled).Task.WaitAsync(cancellationToken).ConfigureAwait(false);
                failures = 0;
            }
            else if (stream.End is not "slow-reader")
            {
                return;
            }
        }
    }

    private void Disable(string reason)
    {
        Volatile.Write(ref _enabled, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        Set(state => state with { Disabled = reason });
        LogDisabled(hook.Id, reason);
    }

    private void Set(Func<WebhookState, WebhookState> change)
    {
        WebhookState before;
        do
        {
            before = State;
        }
        while (!ReferenceEquals(Interlocked.CompareExchange(ref _state, change(before), before), before));
    }

    /// <summary>Posts an event until the receiver takes it or the attempts are used up.</summary>
    private async Task<bool> DeliverAsync(string id, LoggedEvent logged, CancellationToken cancellationToken)
    {
        byte[] body = BodyOf(id, logged);
        TimeSpan delay = options.FirstDelay;
        for (int attempt = 1; ; attempt++)
        {
            string? failure = await TryPostAsync(id, body, cancellationToken).ConfigureAwait(false);
            if (failure is null)
            {
                Set(state => state with { Delivered = state.Delivered + 1 });
                return true;
            }

            Set(state => state with { LastFailure = failure });
            if (State.Disabled is not null || attempt >= options.MaxAttempts)
            {
                Set(state => state with { Failed = state.Failed + 1 });
                return false;
            }

            // Half of it at random, so that hooks that failed together do not come back together.
            await Task.Delay(delay * (0.5 + (Random.Shared.NextDouble() / 2)), time, cancellationToken).ConfigureAwait(false);
            delay = delay * 2 > options.LongestDelay ? options.LongestDelay : delay * 2;
        }
    }

    private async Task<string?> TryPostAsync(string id, byte[] body, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        using HttpRequestMessage request = new(HttpMethod.Post, hook.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add(WebhookSignature.IdHeader, id);
        request.Headers.Add(WebhookSignature.TimeHeader, now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(WebhookSignature.Header, WebhookSignature.Sign(hook.Secret, id, now, body));
        using CancellationTokenSource deadline = new(options.Timeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.Gone)
            {
                Disable("the receiver answered 410: it wants no more");
            }

            return response.IsSuccessStatusCode ? null : string.Create(CultureInfo.InvariantCulture, $"status {(int)response.StatusCode}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return string.Create(CultureInfo.InvariantCulture, $"no answer within {options.Timeout.TotalSeconds} s");
        }
        catch (HttpRequestException exception)
        {
            return exception.Message;
        }
    }

    private static byte[] BodyOf(string id, LoggedEvent logged)
    {
        ArrayBufferWriter<byte> buffer = new(logged.Data.Length + 96);
        buffer.Write(Encoding.ASCII.GetBytes($"{{\"id\":\"{id}\",\"event\":\"{logged.Name}\",\"data\":"));
        buffer.Write(logged.Data);
        buffer.Write("}"u8);
        return buffer.WrittenSpan.ToArray();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The web-hook {Hook} is disabled: {Reason}. POST /operator/v1/webhooks/{Hook}/enable lets it go on.")]
    private partial void LogDisabled(string hook, string reason);
}
