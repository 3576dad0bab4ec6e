using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;

namespace Orleans.Runtime;

/// <summary>The address of a silo: an end point and a generation, so that a silo that starts again at the same end point is another one.</summary>
public sealed class SiloAddress : IEquatable<SiloAddress>, IComparable<SiloAddress>
{
    private SiloAddress(IPEndPoint endpoint, int generation)
    {
        Endpoint = endpoint;
        Generation = generation;
    }

    /// <summary>The address of no silo.</summary>
    public static SiloAddress Zero { get; } = new(new IPEndPoint(IPAddress.Any, 0), 0);

    /// <summary>The end point.</summary>
    public IPEndPoint Endpoint { get; }

    /// <summary>Which of the silos that were ever at this end point.</summary>
    public int Generation { get; }

    /// <summary>Creates an address.</summary>
    /// <param name="ep">The end point.</param>
    /// <param name="gen">The generation.</param>
    /// <returns>The address.</returns>
    public static SiloAddress New(IPEndPoint ep, int gen) => new(ep, gen);

    /// <summary>Creates an address.</summary>
    /// <param name="address">The IP address.</param>
    /// <param name="port">The port.</param>
    /// <param name="generation">The generation.</param>
    /// <returns>The address.</returns>
    public static SiloAddress New(IPAddress address, int port, int generation) => new(new IPEndPoint(address, port), generation);

    /// <summary>Reads what <see cref="ToParsableString"/> writes.</summary>
    /// <param name="addr">The text.</param>
    /// <returns>The address.</returns>
    /// <exception cref="FormatException">The text is no address.</exception>
    public static SiloAddress FromParsableString(string addr)
    {
        int at = addr.LastIndexOf('@');
        int colon = at < 0 ? -1 : addr.LastIndexOf(':', at);
        if (colon < 0
            || !IPAddress.TryParse(addr.AsSpan(0, colon), out IPAddress? ip)
            || !int.TryParse(addr.AsSpan(colon + 1, at - colon - 1), CultureInfo.InvariantCulture, out int port)
            || !int.TryParse(addr.AsSpan(at + 1), CultureInfo.InvariantCulture, out int generation))
        {
            throw new FormatException($"Not a silo address: '{addr}'.");
        }

        return New(ip, port, generation);
    }

    /// <summary>IP address, port and generation.</summary>
    /// <returns>The text.</returns>
    public string ToParsableString() => $"{Endpoint.Address}:{Endpoint.Port}@{Generation}";

    /// <inheritdoc/>
    public bool Equals([NotNullWhen(true)] SiloAddress? other) => other is not null && Generation == other.Generation && Endpoint.Equals(other.Endpoint);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SiloAddress);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Endpoint, Generation);

    /// <inheritdoc/>
    public int CompareTo(SiloAddress? other)
    {
        if (other is null)
        {
            return 1;
        }

        int order = Generation.CompareTo(other.Generation);
        return order != 0 ? order : string.CompareOrdinal(Endpoint.ToString(), other.Endpoint.ToString());
    }

    /// <summary>End point and generation.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"S{Endpoint}:{Generation}";
}
