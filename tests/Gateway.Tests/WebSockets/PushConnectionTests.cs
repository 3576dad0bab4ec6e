using System.Diagnostics.Metrics;
using System.Net.WebSockets;
using System.Text;
using Cloud.Gateway.Metrics;
using Cloud.Gateway.WebSockets;
using Microsoft.Extensions.DependencyInjection;

namespace Cloud.Gateway.Tests.WebSockets;

/// <summary>Clients that read slowly. Numbers T are those of the traps in reference/flashblocks.md section 12, S those of section 9.2.</summary>
public sealed class PushConnectionTests
{
    [Fact]
    public async Task T13_S55_a_client_that_lags_is_told_so_and_closed_and_nobody_else_waits()
    {
        using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using GatewayMetrics metrics = new(services.GetRequiredService<IMeterFactory>());
        PushOptions options = new() { MaxQueuedMessages = 16 };
        using StubSocket slow = new(isStuck: true);
        using StubSocket quick = new(isStuck: false);
        await using PushConnection slowConnection = new(slow, null, "test", options, 1, metrics, TimeProvider.System);
        await using PushConnection quickConnection = new(quick, null, "test", options, 1, metrics, TimeProvider.System);
        bool isOpen = true;
        int sent = 0;
        while (isOpen && sent < 100)
        {
            byte[] message = Encoding.UTF8.GetBytes($"{sent++}");
            isOpen = slowConnection.TryPush(message);
            Assert.True(quickConnection.TryPush(message));
            await quick.WaitForAsync(sent);
        }

        Assert.InRange(sent, 17, 19);
        slow.Release();
        (WebSocketCloseStatus status, string text) = await slow.Closed;
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, status);
        Assert.Contains("client too slow: more than 16 messages", text, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(0, sent).Select(number => $"{number}"), quick.Received);
        Assert.False(slowConnection.TryPush("late"u8.ToArray()));
    }

    private sealed class StubSocket(bool isStuck) : WebSocket
    {
        private readonly TaskCompletionSource _free = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource<(WebSocketCloseStatus, string)> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly List<string> _received = [];

        public Task<(WebSocketCloseStatus Status, string Text)> Closed => _closed.Task;

        public IReadOnlyList<string> Received
        {
            get
            {
                lock (_received)
                {
                    return [.. _received];
                }
            }
        }

        public override WebSocketCloseStatus? CloseStatus => null;

        public override string? CloseStatusDescription => null;

        public override WebSocketState State => WebSocketState.Open;

        public override string? SubProtocol => null;

        public void Release() => _free.TrySetResult();

        public Task WaitForAsync(int count) => Support.TestChain.UntilAsync(() => Received.Count >= count);

        public override async Task SendAsync(ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken)
        {
            if (isStuck)
            {
                await _free.Task;
            }

            lock (_received)
            {
                _received.Add(Encoding.UTF8.GetString(buffer));
            }
        }

        public override Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken)
        {
            _closed.TrySetResult((closeStatus, statusDescription ?? ""));
            return Task.CompletedTask;
        }

        public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) => Task.CompletedTask;

        public override Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override void Abort() => _free.TrySetResult();

        public override void Dispose()
        {
        }
    }
}
