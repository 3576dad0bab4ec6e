using Microsoft.AspNetCore.Http;

namespace Cloud.Gateway.WebSockets;

/// <summary>Bounds of connections on which the gateway pushes. Bound from the section <c>Gateway:Push</c>.</summary>
public sealed class PushOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Gateway:Push";

    /// <summary>Most messages that wait for one client, from 16; a client with more is closed with code 1008 and the reason.</summary>
    public int MaxQueuedMessages { get; set; } = 4096;

    /// <summary>Most bytes that wait for one client, from 64 KiB.</summary>
    public long MaxQueuedBytes { get; set; } = 16 << 20;

    /// <summary>Longest time to hand one message to the network.</summary>
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest time to wait for the client when closing.</summary>
    public TimeSpan CloseTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How often a ping is sent, give or take a quarter: more often than the 60 s after which usual proxies give up a silent connection. A quarter of this, or of
    /// <see cref="PongTimeout"/>, is how often each connection is looked at, which thousands of them feel.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>A client that does not answer a ping for so long is gone.</summary>
    public TimeSpan PongTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How a WebSocket is accepted. Thousands that came together are not pinged together: that would hold up what is pushed at the time.</summary>
    /// <returns>For one connection.</returns>
    internal WebSocketAcceptContext ToAcceptContext() => new()
    {
        KeepAliveInterval = PingInterval * (0.75 + (0.5 * Random.Shared.NextDouble())),
        KeepAliveTimeout = PongTimeout,
    };
}
