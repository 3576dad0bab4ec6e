using System.Collections.Immutable;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Blocks;

/// <summary>Which logs to find, with the meaning that eth_getLogs gives to addresses and topics.</summary>
/// <param name="Addresses">Contracts, any of them; empty for all.</param>
/// <param name="Topics">For each place of a topic, the values that it may have; an empty place takes any. A log with fewer topics than places does not match.</param>
public sealed record LogFilter(ImmutableArray<Address> Addresses, ImmutableArray<ImmutableArray<Hash256>> Topics)
{
    /// <summary>Finds every log.</summary>
    public static LogFilter All { get; } = new([], []);

    /// <summary>Whether a log is to be found.</summary>
    /// <param name="log">The log.</param>
    /// <returns>True where address and topics match.</returns>
    public bool Matches(Log log)
    {
        if ((!Addresses.IsEmpty && !Addresses.Contains(log.Address)) || Topics.Length > log.Topics.Length)
        {
            return false;
        }

        for (int i = 0; i < Topics.Length; i++)
        {
            if (!Topics[i].IsEmpty && !Topics[i].Contains(log.Topics[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a block or a receipt may have a log that is to be found.</summary>
    /// <param name="bloom">Its filter.</param>
    /// <returns>False where it certainly has none.</returns>
    public bool MayMatch(Bloom bloom)
    {
        bool found = Addresses.IsEmpty;
        foreach (Address address in Addresses)
        {
            Address value = address;
            found |= bloom.MayContain(Address.AsSpan(in value));
        }

        for (int i = 0; found && i < Topics.Length; i++)
        {
            bool any = Topics[i].IsEmpty;
            foreach (Hash256 topic in Topics[i])
            {
                Hash256 value = topic;
                any |= bloom.MayContain(Hash256.AsSpan(in value));
            }

            found = any;
        }

        return found;
    }
}
