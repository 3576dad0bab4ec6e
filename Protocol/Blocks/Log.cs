using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Blocks;

/// <summary>An event that a contract emitted (yellow paper section 4.3.1).</summary>
/// <param name="Address">The contract.</param>
/// <param name="Topics">0 to 4 words to search by.</param>
/// <param name="Data">The rest.</param>
public sealed record Log(Address Address, ImmutableArray<Hash256> Topics, Bytes Data)
{
    /// <summary>Most topics that a log can have.</summary>
    public const int MaxTopics = 4;

    /// <summary>keccak256 of the RLP list of logs, as the published state tests compare them.</summary>
    /// <param name="logs">Logs in order.</param>
    /// <returns>The hash.</returns>
    public static Hash256 HashOf(ReadOnlySpan<Log> logs)
    {
        using RlpWriter writer = RlpWriter.Rent();
        WriteList(writer, logs);
        return Keccak256.Hash(writer.WrittenSpan);
    }

    /// <summary>Writes the RLP list [address, topics, data].</summary>
    /// <param name="writer">Where to.</param>
    public void Write(RlpWriter writer)
    {
        int list = writer.BeginList();
        writer.Write(Address);
        int topics = writer.BeginList();
        foreach (Hash256 topic in Topics)
        {
            writer.Write(in topic);
        }

        writer.EndList(topics);
        writer.Write(Data);
        writer.EndList(list);
    }

    /// <inheritdoc/>
    public bool Equals(Log? other) =>
        other is not null && Address == other.Address && Data == other.Data && Topics.AsSpan().SequenceEqual(other.Topics.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Address, Data, Topics.Length);

    /// <summary>Writes the RLP list of logs.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="logs">Logs in order.</param>
    internal static void WriteList(RlpWriter writer, ReadOnlySpan<Log> logs)
    {
        int list = writer.BeginList();
        for (int i = 0; i < logs.Length; i++)
        {
            logs[i].Write(writer);
        }

        writer.EndList(list);
    }

    /// <summary>Reads the RLP list [address, topics, data].</summary>
    /// <param name="reader">Stands before the log; after it on success.</param>
    /// <param name="log">The log; null on failure.</param>
    /// <param name="error">What is wrong.</param>
    /// <returns>False on failure.</returns>
    internal static bool TryRead(ref RlpReader reader, out Log? log, out RlpError error)
    {
        log = null;
        if (!reader.TryReadList(out RlpReader item))
        {
            error = reader.Error;
            return false;
        }

        if (!item.TryReadAddress(out Address address) || !item.TryReadList(out RlpReader list)
            || !item.TryReadString(out ReadOnlySpan<byte> data) || !item.TryEnd())
        {
            error = item.Error;
            return false;
        }

        ImmutableArray<Hash256>.Builder topics = ImmutableArray.CreateBuilder<Hash256>(MaxTopics);
        while (!list.IsAtEnd && topics.Count < MaxTopics)
        {
            if (list.TryReadHash256(out Hash256 topic))
            {
                topics.Add(topic);
            }
        }

        if (!list.TryEnd())
        {
            error = list.Error;
            return false;
        }

        log = new Log(address, topics.DrainToImmutable(), Bytes.CopyOf(data));
        error = RlpError.None;
        return true;
    }
}
