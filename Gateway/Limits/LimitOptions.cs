namespace Cloud.Gateway.Limits;

/// <summary>How much one client may ask for. Bound from the section <c>Gateway:Limits</c>.</summary>
public sealed class LimitOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Gateway:Limits";

    /// <summary>Units per second of a network address without a key; most requests cost one, calls and log searches more. 0 for no limit.</summary>
    public double AddressPerSecond { get; set; } = 300;

    /// <summary>Units that an address can have saved up, at least 100.</summary>
    public double AddressBurst { get; set; } = 3000;

    /// <summary>Whether clients on this machine are exempt. Switch it off behind a proxy on this machine that does not name its clients.</summary>
    public bool ExemptLoopback { get; set; } = true;

    /// <summary>How many proxies stand in front and add to X-Forwarded-For, from 0 to 8: the client is that many places from the header's end. 0 ignores the header, which anybody can send.</summary>
    public int TrustedProxies { get; set; }

    /// <summary>Most WebSocket and event-stream connections in the process, from 1.</summary>
    public int MaxConnections { get; set; } = 20_000;

    /// <summary>Most of them from one network address, from 1; clients on this machine are exempt where <see cref="ExemptLoopback"/> says so.</summary>
    public int MaxConnectionsPerAddress { get; set; } = 100;

    /// <summary>Longest time for the headers of a request to arrive, from 1 s: who sends them byte by byte holds a connection for no longer.</summary>
    public TimeSpan HeaderTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Most bytes of a request's headers, from 1 KiB to 1 MiB.</summary>
    public int MaxHeaderBytes { get; set; } = 32 << 10;

    /// <summary>Least bytes a second of a request's body, after a grace of 5 s; 0 for no such bound.</summary>
    public double LeastBodyRate { get; set; } = 240;

    /// <summary>Most of them with one API key, from 1.</summary>
    public int MaxConnectionsPerKey { get; set; } = 1000;
}
