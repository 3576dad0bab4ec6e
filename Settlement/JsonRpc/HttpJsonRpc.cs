using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cloud.Settlement.L1;

namespace Cloud.Settlement.JsonRpc;

/// <summary>JSON-RPC 2.0 over HTTP with a time-out and a limit on the answer's size. Credentials in the address are sent as basic authentication and never shown.</summary>
public sealed class HttpJsonRpc : IJsonRpc, IDisposable
{
    private readonly HttpClient _http;
    private readonly Uri _address;
    private readonly AuthenticationHeaderValue? _authentication;
    private readonly TimeSpan _timeout;
    private readonly int _maxReplyLength;
    private readonly TimeProvider _time;
    private long _lastId;

    /// <summary>Makes a client of one endpoint.</summary>
    /// <param name="endpoint">An http or https address.</param>
    /// <param name="timeout">How long one call may take.</param>
    /// <param name="maxReplyLength">Largest answer in bytes.</param>
    /// <param name="time">The clock of the time-outs.</param>
    public HttpJsonRpc(Uri endpoint, TimeSpan timeout, int maxReplyLength, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        if (endpoint.UserInfo.Length > 0)
        {
            _authentication = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(endpoint.UserInfo))));
        }

        _address = new UriBuilder(endpoint) { UserName = "", Password = "" }.Uri;

        // A path often holds an access key, so only the authority is shown.
        Endpoint = _address.GetLeftPart(UriPartial.Authority);
        _timeout = timeout;
        _maxReplyLength = maxReplyLength;
        _time = time;
        _http = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false })
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = maxReplyLength,
        };
    }

    /// <inheritdoc/>
    public string Endpoint { get; }

    /// <inheritdoc/>
    public async Task<L1Result<JsonElement>> CallAsync(string method, JsonArray parameters, CancellationToken cancellationToken = default)
    {
        long id = Interlocked.Increment(ref _lastId);
        ArgumentNullException.ThrowIfNull(parameters);
        using CancellationTokenSource deadline = new(_timeout, _time);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            using HttpRequestMessage message = new(HttpMethod.Post, _address) { Content = new ReadOnlyMemoryContent(JsonRpcRequest.Encode(id, method, parameters)) };
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
            message.Headers.Authorization = _authentication;
            using HttpResponseMessage response = await _http.SendAsync(message, HttpCompletionOption.ResponseContentRead, both.Token).ConfigureAwait(false);
            byte[] body = await response.Content.ReadAsByteArrayAsync(both.Token).ConfigureAwait(false);
            return Read(method, id, response.StatusCode, body);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new L1Result<JsonElement>.Failed(new L1Failure.TimedOut(Endpoint, method, _timeout));
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            return Bad(method, $"the answer is longer than {_maxReplyLength} bytes");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return new L1Result<JsonElement>.Failed(new L1Failure.Unreachable(Endpoint, exception.InnerException?.Message ?? exception.Message));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private L1Result<JsonElement> Read(string method, long id, HttpStatusCode status, byte[] body)
    {
        JsonElement reply;
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            reply = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return status == HttpStatusCode.OK
                ? Bad(method, "the body is no JSON")
                : new L1Result<JsonElement>.Failed(new L1Failure.Unreachable(Endpoint, $"HTTP status {(int)status}"));
        }

        return JsonRpcReply.Read(Endpoint, method, id, reply, status);
    }

    private L1Result<JsonElement>.Failed Bad(string method, string why) => JsonRpcReply.Bad(Endpoint, method, why);
}
