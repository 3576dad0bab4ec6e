using System.Net;
using Cloud.Gateway.Keys;

namespace Cloud.Gateway.Limits;

/// <summary>Who is asking, as limits and logs know it.</summary>
/// <param name="Address">The network address. Of an IPv6 address the first 64 bits, since one customer has that many.</param>
/// <param name="Key">Identity of the API key that the client showed; null for none.</param>
/// <param name="Rate">The key's own rate; null for the rate of addresses.</param>
/// <param name="Quota">What may be used up with the key; null for no bound.</param>
internal readonly record struct ClientId(IPAddress Address, string? Key, RateLimit? Rate = null, KeyQuota? Quota = null)
{
    private const int Ipv6Prefix = 8;

    /// <summary>A client of this process itself.</summary>
    public static ClientId Local { get; } = new(IPAddress.Loopback, null);

    /// <summary>What rates are counted by: the key where there is one, otherwise the address.</summary>
    public string Partition => Key is null ? $"ip:{Address}" : $"key:{Key}";

    /// <summary>Makes the identity of a client.</summary>
    /// <param name="address">The network address; null where the transport has none.</param>
    /// <param name="key">Identity of its API key; null for none.</param>
    /// <param name="rate">The key's own rate; null for the rate of addresses.</param>
    /// <param name="quota">What may be used up with the key; null for no bound.</param>
    /// <returns>The identity.</returns>
    public static ClientId Of(IPAddress? address, string? key = null, RateLimit? rate = null, KeyQuota? quota = null)
    {
        address ??= IPAddress.Loopback;
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        if (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 && !IPAddress.IsLoopback(address))
        {
            byte[] bytes = address.GetAddressBytes();
            bytes.AsSpan(Ipv6Prefix).Clear();
            address = new IPAddress(bytes);
        }

        return new ClientId(address, key, rate, quota);
    }
}
