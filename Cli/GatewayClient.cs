using System.Globalization;
using System.Text.Json;

namespace Cloud.Cli;

/// <summary>Reads a gateway's status API.</summary>
internal sealed class GatewayClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http;

    /// <summary>Makes a client.</summary>
    /// <param name="address">The gateway.</param>
    /// <param name="key">An API key; null for none.</param>
    public GatewayClient(Uri address, string? key)
    {
        _http = new HttpClient { BaseAddress = address, Timeout = Patience };
        if (!string.IsNullOrEmpty(key))
        {
            _http.DefaultRequestHeaders.Authorization = new System.Net.Http.Headers.AuthenticationHeaderValue("Bearer", key);
        }
    }

    /// <summary>What to do where the gateway cannot be reached.</summary>
    public const string UnreachableRemedy = "start one with ./run.sh, or name another one with --url";

    /// <summary>Whether anything has answered, be it with a refusal.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>Reads a resource.</summary>
    /// <param name="path">Below <c>/api/v1/</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The document, or why there is none.</returns>
    public async Task<(JsonElement? Document, string? Refusal)> GetAsync(string path, CancellationToken cancellationToken)
    {
        (byte[]? body, string? refusal) = await GetBytesAsync(path, cancellationToken).ConfigureAwait(false);
        if (body is null)
        {
            return (null, refusal);
        }

        using JsonDocument document = JsonDocument.Parse(body);
        return (document.RootElement.Clone(), null);
    }

    /// <summary>Reads a resource as it is.</summary>
    /// <param name="path">Below <c>/api/v1/</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The bytes, or why there are none.</returns>
    public Task<(byte[]? Body, string? Refusal)> GetBytesAsync(string path, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, $"api/v1/{path}", null, cancellationToken);

    /// <summary>Asks an operator's endpoint.</summary>
    /// <param name="method">GET, POST or DELETE.</param>
    /// <param name="path">Below <c>/operator/v1/</c>.</param>
    /// <param name="body">JSON; null for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The bytes, or why there are none.</returns>
    public Task<(byte[]? Body, string? Refusal)> OperateAsync(HttpMethod method, string path, byte[]? body, CancellationToken cancellationToken) =>
        SendAsync(method, $"operator/v1/{path}", body, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<(byte[]? Body, string? Refusal)> SendAsync(HttpMethod method, string path, byte[]? json, CancellationToken cancellationToken)
    {
        try
        {
            using HttpRequestMessage request = new(method, new Uri(path, UriKind.Relative));
            if (json is not null)
            {
                request.Content = new ByteArrayContent(json);
                request.Content.Headers.ContentType = new System.Net.Http.Headers.MediaTypeHeaderValue("application/json");
            }

            using HttpResponseMessage response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            HasAnswered = true;
            byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            return response.IsSuccessStatusCode ? (body, null) : (null, ProblemOf(body) ?? string.Create(CultureInfo.InvariantCulture, $"the gateway answered {(int)response.StatusCode}"));
        }
        catch (HttpRequestException exception)
        {
            return (null, $"the gateway at {_http.BaseAddress} cannot be reached: {exception.Message}");
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, $"the gateway at {_http.BaseAddress} did not answer within {Patience.TotalSeconds:F0} s");
        }
    }

    private static string? ProblemOf(byte[] body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("detail", out JsonElement detail) ? detail.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
