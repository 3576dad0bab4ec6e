using System.Collections.Immutable;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Protocol.Deposits;

/// <summary>What a chunk has to begin with.</summary>
public abstract record DepositOutcome
{
    private DepositOutcome()
    {
    }

    /// <summary>Exactly these transactions, in this order.</summary>
    /// <param name="Transactions">Of type 0x7E; none in all chunks but the slot's first.</param>
    /// <param name="Count">Messages of the inbox consumed with them and all before.</param>
    public sealed record Expected(ImmutableArray<Transaction> Transactions, ulong Count) : DepositOutcome;

    /// <summary>The commitment is to messages that are not known here. L1 may show them later: nobody can be blamed.</summary>
    /// <param name="InHash">The commitment.</param>
    public sealed record Unknown(Hash256 InHash) : DepositOutcome;

    /// <summary>The commitment is to fewer messages than were consumed before: the chunk is invalid.</summary>
    /// <param name="Count">Messages that it commits to.</param>
    /// <param name="Consumed">Messages consumed before.</param>
    public sealed record GoesBack(ulong Count, ulong Consumed) : DepositOutcome;

    /// <summary>The slot consumes more than it may: the chunk is invalid.</summary>
    /// <param name="Messages">Messages that it consumes.</param>
    /// <param name="Gas">Gas of their limits.</param>
    /// <param name="Limits">What it may consume.</param>
    public sealed record TooMany(ulong Messages, ulong Gas, DepositLimits Limits) : DepositOutcome;
}
