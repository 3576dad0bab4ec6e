using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace Cloud.Gateway.Tests.Support;

/// <summary>A WebSocket client that keeps what is pushed, by subscription.</summary>
internal sealed class TestSocket : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, Channel<JsonElement>> _pushes = [];
    private readonly Dictionary<int, TaskCompletionSource<JsonElement>> _answers = [];
    private readonly Lock _gate = new();
    private Task _reader = Task.CompletedTask;
    private int _id;

    public static async Task<TestSocket> OpenAsync(Uri address)
    {
        TestSocket socket = new();
        await socket._socket.ConnectAsync(new UriBuilder(address) { Scheme = "ws", Path = "/ws" }.Uri, TestContext.Current.CancellationToken);
        socket._reader = socket.ReadAsync();
        return socket;
    }

    public async Task<JsonElement> CallAsync(string method, params object?[] parameters)
    {
        TaskCompletionSource<JsonElement> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int id;
        lock (_gate)
        {
            id = ++_id;
            _answers.Add(id, answer);
        }

        byte[] request = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object?> { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = method, ["params"] = parameters });
        await _socket.SendAsync(request, WebSocketMessageType.Text, true, _stop.Token);
        return await answer.Task.WaitAsync(Patience);
    }

    public async Task<string> SubscribeAsync(params object?[] parameters)
    {
        JsonElement answer = await CallAsync("eth_subscribe", parameters);
        Assert.True(answer.TryGetProperty("result", out JsonElement id), answer.ToString());
        return id.GetString()!;
    }

    /// <summary>The next push of a subscription.</summary>
    public async Task<JsonElement> NextAsync(string subscription)
    {
        using CancellationTokenSource patience = new(Patience);
        return await Of(subscription).Reader.ReadAsync(patience.Token);
    }

    public bool TryNext(string subscription, out JsonElement push) => Of(subscription).Reader.TryRead(out push);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reader;
        _socket.Dispose();
        _stop.Dispose();
    }

    private Channel<JsonElement> Of(string subscription)
    {
        lock (_gate)
        {
            if (!_pushes.TryGetValue(subscription, out Channel<JsonElement>? channel))
            {
                _pushes.Add(subscription, channel = Channel.CreateUnbounded<JsonElement>());
            }

            return channel;
        }
    }

    private async Task ReadAsync()
    {
        byte[] buffer = new byte[1 << 16];
        using MemoryStream message = new();
        try
        {
            while (true)
            {
                WebSocketReceiveResult result = await _socket.ReceiveAsync(buffer, _stop.Token);
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                message.Write(buffer, 0, result.Count);
                if (result.EndOfMessage)
                {
                    using JsonDocument document = JsonDocument.Parse(Encoding.UTF8.GetString(message.ToArray()));
                    Take(document.RootElement.Clone());
                    message.SetLength(0);
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or WebSocketException)
        {
            // The test is over.
        }
    }

    private void Take(JsonElement message)
    {
        if (message.TryGetProperty("method", out JsonElement method))
        {
            Assert.Equal("eth_subscription", method.GetString());
            JsonElement parameters = message.GetProperty("params");
            Of(parameters.GetProperty("subscription").GetString()!).Writer.TryWrite(parameters.GetProperty("result"));
            return;
        }

        lock (_gate)
        {
            _answers[message.GetProperty("id").GetInt32()].TrySetResult(message);
        }
    }
}
