using System.Net;
using Cloud.Protocol.Time;

namespace Cloud.Host;

/// <summary>What the command line asks for.</summary>
internal sealed record RunOptions
{
    /// <summary>Where the gateway is unless told otherwise, which is also where <c>./cloud</c> looks for it.</summary>
    public const string DefaultListen = "http://127.0.0.1:8080";

    public required string Data { get; init; }

    public required string Listen { get; init; }

    public Uri? L1 { get; init; }

    public Uri? L1Beacon { get; init; }

    public string? PasswordFile { get; init; }

    public int? Committee { get; init; }

    public TimingProfile? Profile { get; init; }

    public TimeSpan? Slot { get; init; }

    public TimeSpan? Chunk { get; init; }

    public TimeSpan? L1Block { get; init; }

    public TimeSpan? Flashblock { get; init; }

    public bool Demo { get; init; }

    public TimeSpan? Duration { get; init; }

    public int? Rate { get; init; }

    public string? Report { get; init; }

    /// <summary>Whether there is a load at all.</summary>
    public bool HasLoad => Demo || Duration is not null || Rate is not null;

    /// <summary>Whether options are given that a deployment fixes for ever.</summary>
    public bool HasPlan => Committee is not null || Profile is not null || Slot is not null || Chunk is not null || L1Block is not null;

    /// <summary>The gateway's endpoint where it is an IP address or this machine; null for a name that only the server resolves.</summary>
    public IPEndPoint? Endpoint =>
        !Uri.TryCreate(Listen, UriKind.Absolute, out Uri? address) ? null
        : IPAddress.TryParse(address.Host.Trim('[', ']'), out IPAddress? ip) ? new IPEndPoint(ip, address.Port)
        : address.IsLoopback ? new IPEndPoint(IPAddress.Loopback, address.Port)
        : null;
}
