using System.Collections.Immutable;
using System.Text.Json;
using Cloud.Execution.Blocks;
using Cloud.Gateway.JsonRpc;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Eth;

/// <summary>Reads the filter object of eth_getLogs and its relatives.</summary>
internal static class LogFilterReader
{
    private const int MaxTopicPlaces = 4;

    /// <summary>Reads a filter.</summary>
    /// <param name="element">The object; undefined for a filter that takes everything.</param>
    /// <param name="maxItems">Most addresses, and most topics at one place.</param>
    /// <param name="query">The filter.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? TryRead(JsonElement element, int maxItems, out LogQuery query)
    {
        query = new LogQuery(LogFilter.All, null, null, null);
        if (element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return null;
        }

        CallRequest.Reader reader = new(element);
        if (reader.Fault is not null)
        {
            return reader.Fault;
        }

        Hash256? blockHash = reader.Hash("blockHash"u8);
        string? fault = reader.Fault;
        BlockReference? from = ReadBlock(element, "fromBlock"u8, ref fault);
        BlockReference? to = ReadBlock(element, "toBlock"u8, ref fault);
        ImmutableArray<Address> addresses = ReadAddresses(element, maxItems, ref fault);
        ImmutableArray<ImmutableArray<Hash256>> topics = ReadTopics(element, maxItems, ref fault);
        if (fault is null && blockHash is not null && (from is not null || to is not null))
        {
            fault = "cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other";
        }

        query = new LogQuery(new LogFilter(addresses, topics), from, to, blockHash);
        return fault;
    }

    private static BlockReference? ReadBlock(JsonElement element, ReadOnlySpan<byte> name, ref string? fault)
    {
        if (fault is not null || !element.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        fault = RpcValues.TryReadBlock(value, out BlockReference reference);
        if (fault is null && reference is BlockReference.ByHash)
        {
            fault = "a block number or tag is expected";
        }

        return reference;
    }

    private static ImmutableArray<Address> ReadAddresses(JsonElement element, int maxItems, ref string? fault)
    {
        if (fault is not null || !element.TryGetProperty("address"u8, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            fault = RpcValues.TryReadAddress(value, out Address one);
            return [one];
        }

        if (value.GetArrayLength() > maxItems)
        {
            fault = $"too many addresses: at most {maxItems} are allowed";
            return [];
        }

        ImmutableArray<Address>.Builder addresses = ImmutableArray.CreateBuilder<Address>();
        foreach (JsonElement item in value.EnumerateArray())
        {
            string? wrong = RpcValues.TryReadAddress(item, out Address address);
            fault ??= wrong;
            addresses.Add(address);
        }

        return addresses.DrainToImmutable();
    }

    private static ImmutableArray<ImmutableArray<Hash256>> ReadTopics(JsonElement element, int maxItems, ref string? fault)
    {
        if (fault is not null || !element.TryGetProperty("topics"u8, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > MaxTopicPlaces)
        {
            fault = $"topics: an array with at most {MaxTopicPlaces} places is expected";
            return [];
        }

        ImmutableArray<ImmutableArray<Hash256>>.Builder places = ImmutableArray.CreateBuilder<ImmutableArray<Hash256>>();
        foreach (JsonElement place in value.EnumerateArray())
        {
            places.Add(ReadPlace(place, maxItems, ref fault));
        }

        return places.DrainToImmutable();
    }

    private static ImmutableArray<Hash256> ReadPlace(JsonElement place, int maxItems, ref string? fault)
    {
        if (place.ValueKind == JsonValueKind.Null)
        {
            return [];
        }

        if (place.ValueKind != JsonValueKind.Array)
        {
            string? wrong = RpcValues.TryReadHash(place, out Hash256 one);
            fault ??= wrong;
            return [one];
        }

        if (place.GetArrayLength() > maxItems)
        {
            fault ??= $"too many topics: at most {maxItems} at one place are allowed";
            return [];
        }

        ImmutableArray<Hash256>.Builder topics = ImmutableArray.CreateBuilder<Hash256>();
        foreach (JsonElement item in place.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.Null)
            {
                // One place that takes any makes the whole place take any.
                return [];
            }

            string? wrong = RpcValues.TryReadHash(item, out Hash256 topic);
            fault ??= wrong;
            topics.Add(topic);
        }

        return topics.DrainToImmutable();
    }
}
