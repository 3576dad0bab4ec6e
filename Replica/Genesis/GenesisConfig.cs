using System.Collections.Immutable;
using Cloud.Execution.Building;
using Cloud.Execution.Processing;
using Cloud.Protocol.Checkpoints;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;

namespace Cloud.Replica.Genesis;

/// <summary>Everything that all nodes of a rollup share: the chain, its first state, its timetable, its committee and its limits. Nothing local belongs here.</summary>
public sealed record GenesisConfig
{
    /// <summary>The chain's id and forks. Prague or later from the first block on.</summary>
    public required ChainConfig Chain { get; init; }

    /// <summary>The rollup contract on L1.</summary>
    public required Address Rollup { get; init; }

    /// <summary>The timing values; <see cref="ConsensusTiming.Genesis"/> is the start of slot 0.</summary>
    public required ConsensusTiming Timing { get; init; }

    /// <summary>How committees are drawn.</summary>
    public CommitteeRules Committee { get; init; } = CommitteeRules.Default;

    /// <summary>The validators at genesis, in the registry's order.</summary>
    public ImmutableArray<Address> Validators { get; init; } = [];

    /// <summary>The randomness that the first epochs' committees are drawn with.</summary>
    public Hash256 Randao { get; init; }

    /// <summary>Gas limit of a chunk's block.</summary>
    public ulong GasLimit { get; init; } = 60_000_000;

    /// <summary>How the base fee moves.</summary>
    public FeeRules Fees { get; init; } = FeeRules.Default;

    /// <summary>What the chunks of one slot may use together.</summary>
    public SlotLimits SlotLimits { get; init; } = new(1_000_000_000, 6 * 120_000, 65_536);

    /// <summary>Most transactions of a chunk, from 1 to <see cref="MessageLimits.MaxTransactionsPerChunk"/>.</summary>
    public int MaxTransactionsPerChunk { get; init; } = 16_384;

    /// <summary>The accounts of block 0.</summary>
    public ImmutableArray<GenesisAccount> Accounts { get; init; } = [];

    /// <summary>The rollup that signatures are bound to.</summary>
    public SigningContext Context => new(Chain.ChainId, Rollup);

    /// <summary>The most that any chunk may use.</summary>
    public ChunkLimits ChunkLimits => new(GasLimit, MaxTransactionsPerChunk, (long)Math.Min(SlotLimits.DataBytes, long.MaxValue));

    /// <summary>The most that the chunks of a slot may use together.</summary>
    public ChunkLimits LimitsOfSlot => new(
        SlotLimits.Gas, (int)Math.Min(SlotLimits.Transactions, int.MaxValue), (long)Math.Min(SlotLimits.DataBytes, long.MaxValue));

    /// <summary>Checks every value.</summary>
    /// <returns>One sentence for each broken rule, with the value's name; none where all is well.</returns>
    public ImmutableArray<string> Validate()
    {
        ImmutableArray<string>.Builder faults = ImmutableArray.CreateBuilder<string>();
        Rule(Chain.PragueTime == 0, $"{nameof(Chain)}.{nameof(ChainConfig.PragueTime)} must be 0: chunks have Prague's header from the first block on.");
        Rule(Chain.ChainId != 0, $"{nameof(ChainConfig.ChainId)} must not be 0.");
        Rule(GasLimit >= 5_000_000, $"{nameof(GasLimit)} must be at least 5000000, is {GasLimit}.");
        Rule(Fees.Elasticity >= 1 && Fees.Elasticity <= GasLimit, $"{nameof(Fees)}.{nameof(FeeRules.Elasticity)} must be from 1 to the gas limit, is {Fees.Elasticity}.");
        Rule(Fees.Denominator >= 1, $"{nameof(Fees)}.{nameof(FeeRules.Denominator)} must be at least 1, is {Fees.Denominator}.");
        Rule(Fees.InitialBaseFee >= Fees.MinBaseFee, $"{nameof(Fees)}.{nameof(FeeRules.InitialBaseFee)} must not be below {nameof(FeeRules.MinBaseFee)}.");
        Rule(
            MaxTransactionsPerChunk is >= 1 and <= MessageLimits.MaxTransactionsPerChunk,
            $"{nameof(MaxTransactionsPerChunk)} must be from 1 to {MessageLimits.MaxTransactionsPerChunk}, is {MaxTransactionsPerChunk}.");
        Rule(SlotLimits.Gas >= GasLimit, $"{nameof(SlotLimits)}.{nameof(SlotLimits.Gas)} must be at least the gas limit of a chunk, is {SlotLimits.Gas}.");
        Rule(SlotLimits.DataBytes >= 1024, $"{nameof(SlotLimits)}.{nameof(SlotLimits.DataBytes)} must be at least 1024, is {SlotLimits.DataBytes}.");
        Rule(SlotLimits.Transactions >= 1, $"{nameof(SlotLimits)}.{nameof(SlotLimits.Transactions)} must be at least 1.");
        if (Committee.Check() is { } committee)
        {
            faults.Add($"{nameof(Committee)}.{committee}");
        }

        Rule(
            Validators.IsEmpty || Validators.Length >= Committee.CommitteeSize,
            $"{nameof(Validators)} must be none or at least {nameof(CommitteeRules.CommitteeSize)}, {Committee.CommitteeSize}; there are {Validators.Length}.");
        if (Validators.Distinct().Count() != Validators.Length)
        {
            faults.Add($"{nameof(Validators)} holds an address twice.");
        }

        if (Accounts.Select(account => account.Address).Distinct().Count() != Accounts.Length)
        {
            faults.Add($"{nameof(Accounts)} holds an address twice.");
        }

        if (ConsensusTimetable.Create(Timing) is TimetableResult<ConsensusTimetable>.Refused refused)
        {
            faults.AddRange(refused.Refusals.Select(refusal => $"{nameof(Timing)}.{refusal.Option}: {refusal.Message}"));
        }

        return faults.ToImmutable();

        void Rule(bool holds, string sentence)
        {
            if (!holds)
            {
                faults.Add(sentence);
            }
        }
    }
}
