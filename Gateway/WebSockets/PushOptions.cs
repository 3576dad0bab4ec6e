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

    /// <summary>How often a ping is sent, the first one up to half of this sooner: more often than the 60 s after which usual proxies give up a silent connection.</summary>
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>A client that does not answer a ping for so long is gone.</summary>
    public TimeSpan PongTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How a WebSocket is accepted.</summary>
    /// <param name="direct">Where its frames are written past the server, with pings of a <see cref="PingSweep"/> among them; null where the server is to ping. Thousands that came together are not pinged together.</param>
    /// <returns>For one connection.</returns>
    internal WebSocketAcceptContext ToAcceptContext(SocketPipeWriter? direct) => new()
    {
        KeepAliveInterval = direct is null ? PingInterval * (0.75 + (0.5 * Random.Shared.NextDouble())) : TimeSpan.Zero,
        KeepAliveTimeout = PongTimeout,
    };
}
