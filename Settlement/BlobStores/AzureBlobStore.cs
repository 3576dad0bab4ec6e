using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.BlobStores;

/// <summary>A store in an Azure Blob container, by its REST interface. Safe for several threads.</summary>
public sealed class AzureBlobStore : IBlobStore, IDisposable
{
    private const string ApiVersion = "2021-12-02";
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);

    private readonly AzureBlobOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly string _path;

    /// <summary>Makes a store. Nothing is asked before it is used.</summary>
    /// <param name="options">Settings that passed <see cref="AzureBlobOptions.Check"/>.</param>
    /// <param name="time">The clock of time-outs and of the requests' dates.</param>
    public AzureBlobStore(AzureBlobOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _time = time;
        _path = options.Container.AbsoluteUri.TrimEnd('/');
    }

    /// <summary>Makes the container where there is none.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public async Task CreateContainerAsync(CancellationToken cancellationToken = default)
    {
        (HttpStatusCode status, _) = await SendAsync(HttpMethod.Put, new Uri($"{_path}?restype=container"), default, 0, cancellationToken).ConfigureAwait(false);
        Require(status, HttpStatusCode.Created, HttpStatusCode.Conflict);
    }

    /// <inheritdoc/>
    public async Task PutAsync(Hash256 name, Bytes content, CancellationToken cancellationToken = default)
    {
        (HttpStatusCode status, _) = await SendAsync(HttpMethod.Put, UriOf(name), content, 0, cancellationToken).ConfigureAwait(false);

        // Who finds it there has the same content: If-None-Match says 409.
        Require(status, HttpStatusCode.Created, HttpStatusCode.Conflict);
    }

    /// <inheritdoc/>
    public async Task<Bytes?> GetAsync(Hash256 name, int maxLength, CancellationToken cancellationToken = default)
    {
        (HttpStatusCode status, byte[]? content) = await SendAsync(HttpMethod.Get, UriOf(name), default, maxLength, cancellationToken).ConfigureAwait(false);
        Require(status, HttpStatusCode.OK, HttpStatusCode.NotFound);
        return status == HttpStatusCode.OK && content is not null ? new Bytes(content) : (Bytes?)null;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private Uri UriOf(in Hash256 name) => new($"{_path}/{name.ToString()[2..]}");

    private void Require(HttpStatusCode status, HttpStatusCode good, HttpStatusCode alsoGood)
    {
        if (status != good && status != alsoGood)
        {
            string remedy = status switch
            {
                HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized => "Check BlobStore:AccountKey or the identity's role on the container, and the clock",
                HttpStatusCode.NotFound => "Make the container, or correct BlobStore:Container",
                _ => "Look at the storage account's status",
            };
            throw new IOException($"The blob store {_path} answered {(int)status} {status}. {remedy}.");
        }
    }

    private async Task<(HttpStatusCode Status, byte[]? Content)> SendAsync(HttpMethod method, Uri uri, Bytes content, int maxLength, CancellationToken cancellationToken)
    {
        TimeSpan pause = FirstPause;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                using CancellationTokenSource limit = new(_options.RequestTimeout, _time);
                using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
                (HttpStatusCode status, byte[]? body) = await SendOnceAsync(method, uri, content, maxLength, both.Token).ConfigureAwait(false);
                if ((status < HttpStatusCode.InternalServerError && status != HttpStatusCode.TooManyRequests) || attempt >= _options.Attempts)
                {
                    return (status, body);
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                if (attempt >= _options.Attempts)
                {
                    throw new IOException($"The blob store {_path} cannot be reached: {exception.Message}. Check BlobStore:Container and the network.", exception);
                }
            }

            await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
            pause *= 2;
        }
    }

    private async Task<(HttpStatusCode Status, byte[]? Content)> SendOnceAsync(HttpMethod method, Uri uri, Bytes content, int maxLength, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(method, uri);
        request.Headers.Add("x-ms-date", _time.GetUtcNow().ToString("R", CultureInfo.InvariantCulture));
        request.Headers.Add("x-ms-version", ApiVersion);
        if (method == HttpMethod.Put)
        {
            request.Content = new ReadOnlyMemoryContent(content.Memory);
            request.Content.Headers.ContentLength = content.Length;
            if (uri.Query.Length == 0)
            {
                request.Headers.Add("x-ms-blob-type", "BlockBlob");
                request.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Any);
            }
        }

        request.Headers.Authorization = _options.GetToken is { } getToken
            ? new AuthenticationHeaderValue("Bearer", await getToken(cancellationToken).ConfigureAwait(false))
            : new AuthenticationHeaderValue("SharedKey", $"{_options.Account}:{Sign(request, content.Length)}");
        using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        return response.StatusCode == HttpStatusCode.OK && response.Content.Headers.ContentLength <= maxLength
            ? (response.StatusCode, await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false))
            : (response.StatusCode, null);
    }

    /// <summary>The Shared Key scheme of Azure Storage: HMAC-SHA256 over verb, standard headers, x-ms headers and resource.</summary>
    private string Sign(HttpRequestMessage request, int length)
    {
        StringBuilder text = new();
        text.Append(request.Method.Method).Append("\n\n\n").Append(length == 0 ? string.Empty : length.ToString(CultureInfo.InvariantCulture)).Append("\n\n\n\n\n\n")
            .Append(request.Headers.IfNoneMatch.Count > 0 ? "*" : string.Empty).Append("\n\n\n");
        foreach (KeyValuePair<string, IEnumerable<string>> header in request.Headers
            .Where(header => header.Key.StartsWith("x-ms-", StringComparison.OrdinalIgnoreCase)).OrderBy(header => header.Key, StringComparer.OrdinalIgnoreCase))
        {
            text.Append(header.Key.ToLowerInvariant()).Append(':').Append(string.Join(',', header.Value)).Append('\n');
        }

        text.Append('/').Append(_options.Account).Append(request.RequestUri!.AbsolutePath);
        if (request.RequestUri.Query.Length > 1)
        {
            text.Append('\n').Append(request.RequestUri.Query[1..].Replace('=', ':'));
        }

        return Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(_options.AccountKey!), Encoding.UTF8.GetBytes(text.ToString())));
    }
}
