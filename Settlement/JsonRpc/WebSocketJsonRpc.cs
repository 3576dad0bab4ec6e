using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cloud.Settlement.L1;

namespace Cloud.Settlement.JsonRpc;

/// <summary>JSON-RPC 2.0 over one WebSocket with a time-out and a limit on the answer's size. A broken connection fails the calls on it; the next call makes a new one. Safe for several threads.</summary>
public sealed class WebSocketJsonRpc : IJsonRpc, IDisposable
{
    private readonly Uri _address;
    private readonly TimeSpan _timeout;
    private readonly int _maxReplyLength;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private Connection? _connection;
    private long _lastId;

    /// <summary>Makes a client of one endpoint. It connects with the first call.</summary>
    /// <param name="endpoint">A ws or wss address.</param>
    /// <param name="timeout">How long one call may take, connecting included.</param>
    /// <param name="maxReplyLength">Largest answer in bytes.</param>
    /// <param name="time">The clock of the time-outs.</param>
    public WebSocketJsonRpc(Uri endpoint, TimeSpan timeout, int maxReplyLength, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        _address = endpoint;

        // A path often holds an access key, so only the authority is shown.
        Endpoint = new UriBuilder(endpoint) { UserName = "", Password = "" }.Uri.GetLeftPart(UriPartial.Authority);
        _timeout = timeout;
        _maxReplyLength = maxReplyLength;
        _time = time;
    }

    /// <inheritdoc/>
    public string Endpoint { get; }

    /// <inheritdoc/>
    public async Task<L1Result<JsonElement>> CallAsync(string method, JsonArray parameters, CancellationToken cancellationToken = default)
    {
        long id = Interlocked.Increment(ref _lastId);
        ArgumentNullException.ThrowIfNull(parameters);
        ReadOnlyMemory<byte> message = JsonRpcRequest.Encode(id, method, parameters);
        using CancellationTokenSource deadline = new(_timeout, _time);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        Connection? connection = null;
        try
        {
            await _turn.WaitAsync(both.Token).ConfigureAwait(false);
            Task<JsonElement> answer;
            try
            {
                connection = await ConnectAsync(both.Token).ConfigureAwait(false);
                answer = connection.Expect(id);

                // Half a message would break the connection for everybody: only the deadline ends a send.
                await connection.Socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, deadline.Token).ConfigureAwait(false);
            }
            finally
            {
                _turn.Release();
            }

            return JsonRpcReply.Read(Endpoint, method, id, await answer.WaitAsync(both.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new L1Result<JsonElement>.Failed(new L1Failure.TimedOut(Endpoint, method, _timeout));
        }
        catch (InvalidDataException exception)
        {
            return JsonRpcReply.Bad(Endpoint, method, exception.Message);
        }
        catch (Exception exception) when (exception is WebSocketException or HttpRequestException or IOException or ObjectDisposedException)
        {
            return new L1Result<JsonElement>.Failed(new L1Failure.Unreachable(Endpoint, exception.InnerException?.Message ?? exception.Message));
        }
        finally
        {
            connection?.Forget(id);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _connection?.Close();
        _turn.Dispose();
    }

    private async Task<Connection> ConnectAsync(CancellationToken cancellationToken)
    {
        if (_connection is { IsOpen: true } open)
        {
            return open;
        }

        _connection?.Close();
        _connection = null;
        ClientWebSocket socket = new();
        try
        {
            await socket.ConnectAsync(_address, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        _connection = new Connection(socket, _maxReplyLength);
        _connection.Start();
        return _connection;
    }

    private sealed class Connection(ClientWebSocket socket, int maxReplyLength)
    {
        private readonly ConcurrentDictionary<long, TaskCompletionSource<JsonElement>> _waiting = [];
        private volatile Exception? _broken;

        public ClientWebSocket Socket => socket;

        public bool IsOpen => _broken is null && socket.State == WebSocketState.Open;

        public Task<JsonElement> Expect(long id)
        {
            TaskCompletionSource<JsonElement> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting[id] = answer;
            if (_broken is { } broken)
            {
                answer.TrySetException(broken);
            }

            return answer.Task;
        }

        public void Forget(long id) => _waiting.TryRemove(id, out _);

        public void Start() => _ = ReceiveAsync();

        public void Close() => socket.Dispose();

        private async Task ReceiveAsync()
        {
            byte[] buffer = new byte[64 << 10];
            using MemoryStream message = new();
            try
            {
                while (true)
                {
                    ValueWebSocketReceiveResult part = await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None).ConfigureAwait(false);
                    if (part.MessageType == WebSocketMessageType.Close)
                    {
                        throw new IOException("the server closed the connection");
                    }

                    message.Write(buffer, 0, part.Count);
                    if (message.Length > maxReplyLength)
                    {
                        throw new InvalidDataException($"the answer is longer than {maxReplyLength} bytes");
                    }

                    if (part.EndOfMessage)
                    {
                        Take(message.GetBuffer().AsMemory(0, (int)message.Length));
                        message.SetLength(0);
                    }
                }
            }
            catch (Exception exception) when (exception is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException or InvalidDataException)
            {
                // Whoever waits hears of it; the next call connects again.
                _broken = exception is OperationCanceledException ? new IOException("the connection was closed") : exception;
                socket.Abort();
                foreach (TaskCompletionSource<JsonElement> answer in _waiting.Values)
                {
                    answer.TrySetException(_broken);
                }
            }
        }

        private void Take(ReadOnlyMemory<byte> message)
        {
            JsonElement reply;
            try
            {
                using JsonDocument document = JsonDocument.Parse(message);
                reply = document.RootElement.Clone();
            }
            catch (JsonException)
            {
                throw new InvalidDataException("the message is no JSON");
            }

            // Notifications and answers to calls that were given up have nobody who waits.
            if (reply.ValueKind == JsonValueKind.Object && reply.TryGetProperty("id", out JsonElement id) && id.ValueKind == JsonValueKind.Number
                && id.TryGetInt64(out long number) && _waiting.TryRemove(number, out TaskCompletionSource<JsonElement>? answer))
            {
                answer.TrySetResult(reply);
            }
        }
    }
}
