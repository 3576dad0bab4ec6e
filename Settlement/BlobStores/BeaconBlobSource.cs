using System.Buffers;
using System.Collections.Immutable;
using System.Net;
using System.Text.Json;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.L1;
using Cloud.Settlement.L1Events;
using Cloud.Settlement.Work;

namespace Cloud.Settlement.BlobStores;

/// <summary>Reads blobs from a beacon node (Beacon API, /eth/v1/beacon/blobs). Each blob is checked against its hash, so that the node need not be trusted. Safe for several threads.</summary>
public sealed class BeaconBlobSource : IBlobSource, IDisposable
{
    // Six blobs in hex, and some room for the envelope; a node may send all blobs of the block.
    private const int MaxReplyLength = 32 << 20;

    private readonly BeaconOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = MaxReplyLength };
    private ulong? _genesisTime;

    /// <summary>Makes a source.</summary>
    /// <param name="options">Settings that passed <see cref="BeaconOptions.Check"/>.</param>
    /// <param name="time">The clock of time-outs.</param>
    public BeaconBlobSource(BeaconOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _time = time;
    }

    /// <inheritdoc/>
    public async Task<BlobReading> ReadAsync(L1BlockRef block, ulong timestamp, ImmutableArray<Hash256> versionedHashes, CancellationToken cancellationToken = default)
    {
        try
        {
            ulong id = _options.BlockId == BeaconBlockId.Number ? block.Number : await SlotAsync(timestamp, cancellationToken).ConfigureAwait(false);
            string path = $"eth/v1/beacon/blobs/{id}?versioned_hashes={string.Join(',', versionedHashes)}";
            using JsonDocument? reply = await GetAsync(path, cancellationToken).ConfigureAwait(false);
            return reply is null
                ? Missing(block, "the node does not have the block")
                : await BackgroundWork.RunAsync(() => Pick(reply.RootElement, block, versionedHashes), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or FormatException or OperationCanceledException or InvalidOperationException
            && !cancellationToken.IsCancellationRequested)
        {
            return Missing(block, exception is OperationCanceledException ? $"no answer within {_options.RequestTimeout.TotalSeconds:0.#} s" : exception.Message);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private BlobReading.Unavailable Missing(L1BlockRef block, string why) =>
        new($"The blobs of L1 block {block.Number} cannot be read from {_options.Endpoint}: {why}. Check L1:Beacon:Endpoint, or add a blob store that has them (BlobStore).");

    private BlobReading Pick(JsonElement reply, L1BlockRef block, ImmutableArray<Hash256> versionedHashes)
    {
        // Nodes give them in the order of the block, and some give all of it: the hash decides which is which.
        Dictionary<Hash256, Bytes> found = [];
        foreach (JsonElement item in reply.GetProperty("data").EnumerateArray())
        {
            Bytes blob = Json.Data(item);
            foreach (Hash256 hash in versionedHashes)
            {
                if (!found.ContainsKey(hash) && BlobCheck.Is(blob.Span, hash))
                {
                    found[hash] = blob;
                    break;
                }
            }
        }

        return versionedHashes.All(found.ContainsKey)
            ? new BlobReading.Found([.. versionedHashes.Select(hash => found[hash])])
            : Missing(block, $"it gave {found.Count} of {versionedHashes.Length} blobs");
    }

    private async Task<ulong> SlotAsync(ulong timestamp, CancellationToken cancellationToken)
    {
        if (_genesisTime is not { } genesis)
        {
            using JsonDocument reply = await GetAsync("eth/v1/beacon/genesis", cancellationToken).ConfigureAwait(false) ?? throw new FormatException("it names no genesis time");
            genesis = ulong.Parse(reply.RootElement.GetProperty("data").GetProperty("genesis_time").GetString()!, System.Globalization.CultureInfo.InvariantCulture);
            _genesisTime = genesis;
        }

        return timestamp >= genesis ? (timestamp - genesis) / _options.SecondsPerSlot : throw new FormatException("the block is older than the beacon chain");
    }

    private async Task<JsonDocument?> GetAsync(string path, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(_options.RequestTimeout, _time);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using HttpResponseMessage response = await _http.GetAsync(new Uri(_options.Endpoint, path), both.Token).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        response.EnsureSuccessStatusCode();
        byte[] body = await response.Content.ReadAsByteArrayAsync(both.Token).ConfigureAwait(false);
        return JsonDocument.Parse(new ReadOnlySequence<byte>(body));
    }
}
