using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.L1;

/// <summary>How L1 is reached. The section L1 of the configuration.</summary>
public sealed record L1Options
{
    /// <summary>Execution nodes' JSON-RPC, best first: http, https, ws or wss. The next one is asked where one fails.</summary>
    public IReadOnlyList<Uri> Endpoints { get; init; } = [];

    /// <summary>An execution node's WebSocket, ws or wss, for new heads. Without it heads are polled.</summary>
    public Uri? HeadsEndpoint { get; init; }

    /// <summary>The chain id of L1.</summary>
    public ulong ChainId { get; init; }

    /// <summary>The rollup contract.</summary>
    public Address Rollup { get; init; }

    /// <summary>How long one call may take; from 100 ms to 5 min.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a call is tried before it fails, over all endpoints; 1 to 20.</summary>
    public int Attempts { get; init; } = 4;

    /// <summary>Wait before an endpoint that failed is asked again; doubles with each failure up to <see cref="MaxBackoff"/>.</summary>
    public TimeSpan Backoff { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Longest rest of an endpoint that keeps failing.</summary>
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Largest answer that is read, in bytes.</summary>
    public int MaxReplyLength { get; init; } = 64 << 20;

    /// <summary>How often the head is polled without a WebSocket.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How old L1's newest block may be by the local clock.</summary>
    public TimeSpan MaxHeadAge { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Checks the values.</summary>
    /// <returns>A sentence for each that breaks its rule; none where all are good.</returns>
    public IEnumerable<string> Check()
    {
        if (Endpoints.Count == 0)
        {
            yield return "L1:Endpoints is empty; name at least one execution node's JSON-RPC.";
        }

        foreach (Uri endpoint in Endpoints)
        {
            if (!endpoint.IsAbsoluteUri || endpoint.Scheme is not ("http" or "https" or "ws" or "wss"))
            {
                yield return $"L1:Endpoints holds '{endpoint}'; an endpoint is an http, https, ws or wss address.";
            }
        }

        if (HeadsEndpoint is { } heads && (!heads.IsAbsoluteUri || (heads.Scheme != Uri.UriSchemeWs && heads.Scheme != Uri.UriSchemeWss)))
        {
            yield return $"L1:HeadsEndpoint is '{heads}'; it is a ws or wss address, or left out.";
        }

        if (ChainId == 0)
        {
            yield return "L1:ChainId is missing; 1 is Ethereum's main net.";
        }

        if (Rollup.IsZero)
        {
            yield return "L1:Rollup is missing; it is the address of the rollup contract.";
        }

        if (RequestTimeout < TimeSpan.FromMilliseconds(100) || RequestTimeout > TimeSpan.FromMinutes(5))
        {
            yield return $"L1:RequestTimeout is {RequestTimeout}; it is from 100 ms to 5 min.";
        }

        if (Attempts is < 1 or > 20)
        {
            yield return $"L1:Attempts is {Attempts}; it is from 1 to 20.";
        }

        if (Backoff <= TimeSpan.Zero || MaxBackoff < Backoff)
        {
            yield return $"L1:Backoff is {Backoff} and L1:MaxBackoff {MaxBackoff}; the first is above zero and not above the second.";
        }

        if (MaxReplyLength < 1 << 16)
        {
            yield return $"L1:MaxReplyLength is {MaxReplyLength}; it is at least 65,536 bytes.";
        }

        if (PollInterval < TimeSpan.FromMilliseconds(10))
        {
            yield return $"L1:PollInterval is {PollInterval}; it is at least 10 ms.";
        }
    }
}
