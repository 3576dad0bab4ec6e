using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Deposits;

/// <summary>Which messages from L1 a slot consumes: proposers choose by it, and everybody who re-executes checks by it.</summary>
/// <remarks>
/// All chunks of a slot name the same running hash of the inbox, <see cref="Messages.ChunkHeader.InHash"/>. The slot's first chunk begins with the messages after those that the slot before
/// consumed, up to that hash, in order; the others have no deposits. So a slot consumes a run without gaps, and the hash alone says which.
/// </remarks>
public static class DepositRule
{
    /// <summary>Chooses for a proposer: as many as are known and fit.</summary>
    /// <param name="inbox">The messages that L1 shows. Those of blocks that may still be reorganised are better left out: a slot that consumed them would fall with them.</param>
    /// <param name="consumed">Messages consumed before the slot.</param>
    /// <param name="limits">What a slot may consume.</param>
    /// <returns>Messages consumed with the slot, at least <paramref name="consumed"/>; the slot's inHash is <see cref="Inbox.HashAt"/> of it.</returns>
    public static ulong Choose(Inbox inbox, ulong consumed, in DepositLimits limits)
    {
        ArgumentNullException.ThrowIfNull(inbox);
        ulong gas = 0;
        ulong count = consumed;
        while (count < inbox.Count && count - consumed < (ulong)limits.Messages)
        {
            gas += inbox[count + 1].GasLimit;
            if (gas > limits.Gas)
            {
                break;
            }

            count++;
        }

        return count;
    }

    /// <summary>What a chunk has to begin with.</summary>
    /// <param name="inbox">The messages that L1 shows.</param>
    /// <param name="before">The inHash of the slot before on the chunk's chain; zero for the first slot.</param>
    /// <param name="index">The chunk's index in its slot.</param>
    /// <param name="inHash">The chunk's inHash.</param>
    /// <param name="limits">What a slot may consume.</param>
    /// <returns>The deposits, or why there is no answer.</returns>
    public static DepositOutcome Expect(Inbox inbox, in Hash256 before, uint index, in Hash256 inHash, in DepositLimits limits)
    {
        ArgumentNullException.ThrowIfNull(inbox);
        if (inbox.CountAt(inHash) is not { } count)
        {
            return new DepositOutcome.Unknown(inHash);
        }

        if (inbox.CountAt(before) is not { } consumed)
        {
            return new DepositOutcome.Unknown(before);
        }

        if (count < consumed)
        {
            return new DepositOutcome.GoesBack(count, consumed);
        }

        ulong gas = 0;
        for (ulong message = consumed + 1; message <= count; message++)
        {
            gas += inbox[message].GasLimit;
        }

        return count - consumed > (ulong)limits.Messages || gas > limits.Gas ? new DepositOutcome.TooMany(count - consumed, gas, limits)
            : index == 0 ? new DepositOutcome.Expected(inbox.Transactions(consumed, count), count)
            : new DepositOutcome.Expected([], count);
    }
}
