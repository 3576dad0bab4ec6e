namespace Cloud.Settlement.BlobStores;

/// <summary>How L1's beacon node is reached. The section L1:Beacon of the configuration.</summary>
public sealed record BeaconOptions
{
    /// <summary>The node's REST interface, http or https.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>How it names blocks.</summary>
    public BeaconBlockId BlockId { get; init; }

    /// <summary>Seconds of an L1 slot.</summary>
    public ulong SecondsPerSlot { get; init; } = 12;

    /// <summary>How long one request may take; from 100 ms to 5 min.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Checks the values.</summary>
    /// <returns>A sentence for each that breaks its rule; none where all are good.</returns>
    public IEnumerable<string> Check()
    {
        if (!Endpoint.IsAbsoluteUri || (Endpoint.Scheme != Uri.UriSchemeHttp && Endpoint.Scheme != Uri.UriSchemeHttps))
        {
            yield return $"L1:Beacon:Endpoint is '{Endpoint}'; it is an http or https address.";
        }

        if (SecondsPerSlot == 0)
        {
            yield return "L1:Beacon:SecondsPerSlot is 0; it is 12 on Ethereum.";
        }

        if (RequestTimeout < TimeSpan.FromMilliseconds(100) || RequestTimeout > TimeSpan.FromMinutes(5))
        {
            yield return $"L1:Beacon:RequestTimeout is {RequestTimeout}; it is from 100 ms to 5 min.";
        }
    }
}
