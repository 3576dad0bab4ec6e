using System.Collections.Immutable;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;

namespace Cloud.Settlement.L1;

/// <summary>Checks of the settings against the chain, for the start of a program and for its health page.</summary>
public static class L1Startup
{
    private static readonly TimeSpan MaxBehind = TimeSpan.FromSeconds(15);

    /// <summary>Finds what is wrong. Checks that need an earlier one to pass are left out where it does not.</summary>
    /// <param name="client">L1.</param>
    /// <param name="endpoint">Where it is, for messages.</param>
    /// <param name="options">The settings.</param>
    /// <param name="expected">Values that the contract must have been deployed with; null to leave that out.</param>
    /// <param name="publishers">Keys that will pay.</param>
    /// <param name="needed">Wei that each of them must have.</param>
    /// <param name="time">The local clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Every problem, none where all is well.</returns>
    public static async Task<ImmutableArray<L1Failure>> CheckAsync(
        IL1Client client,
        string endpoint,
        L1Options options,
        RollupParameters? expected,
        IReadOnlyList<Address> publishers,
        UInt256 needed,
        TimeProvider time,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(publishers);
        ArgumentNullException.ThrowIfNull(time);
        ImmutableArray<L1Failure>.Builder problems = ImmutableArray.CreateBuilder<L1Failure>();
        if (!(await client.GetChainIdAsync(cancellationToken).ConfigureAwait(false)).TryGet(out ulong chainId, out L1Failure? failure))
        {
            return [failure];
        }

        if (chainId != options.ChainId)
        {
            return [new L1Failure.WrongChain(endpoint, options.ChainId, chainId)];
        }

        await CheckClockAsync(client, options, time, problems, cancellationToken).ConfigureAwait(false);
        await CheckContractAsync(client, endpoint, options, expected, problems, cancellationToken).ConfigureAwait(false);
        foreach (Address publisher in publishers)
        {
            L1Result<UInt256> balance = await client.GetBalanceAsync(publisher, BlockTag.Latest, cancellationToken).ConfigureAwait(false);
            if (!balance.TryGet(out UInt256 wei, out failure))
            {
                problems.Add(failure);
            }
            else if (wei < needed)
            {
                problems.Add(new L1Failure.Unfunded(publisher, wei, needed));
            }
        }

        return problems.ToImmutable();
    }

    private static async Task CheckClockAsync(
        IL1Client client, L1Options options, TimeProvider time, ImmutableArray<L1Failure>.Builder problems, CancellationToken cancellationToken)
    {
        L1Result<L1Block?> head = await client.GetBlockAsync(BlockTag.Latest, cancellationToken).ConfigureAwait(false);
        if (head is L1Result<L1Block?>.Failed failed)
        {
            problems.Add(failed.Failure);
        }
        else if (head is L1Result<L1Block?>.Ok { Value: { } block })
        {
            TimeSpan age = time.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds((long)Math.Min(block.Timestamp, (ulong)DateTimeOffset.MaxValue.ToUnixTimeSeconds()));
            if (age > options.MaxHeadAge)
            {
                problems.Add(new L1Failure.ClockAhead(age, options.MaxHeadAge));
            }
            else if (age < -MaxBehind)
            {
                problems.Add(new L1Failure.ClockBehind(-age));
            }
        }
    }

    private static async Task CheckContractAsync(
        IL1Client client, string endpoint, L1Options options, RollupParameters? expected, ImmutableArray<L1Failure>.Builder problems, CancellationToken cancellationToken)
    {
        if (!(await client.GetCodeAsync(options.Rollup, BlockTag.Latest, cancellationToken).ConfigureAwait(false)).TryGet(out Bytes code, out L1Failure? failure))
        {
            problems.Add(failure);
            return;
        }

        if (code.IsEmpty)
        {
            problems.Add(new L1Failure.NoContract(endpoint, options.Rollup));
            return;
        }

        (UInt256? version, failure) = await ReadAsync(client, options.Rollup, "VERSION", cancellationToken).ConfigureAwait(false);
        if (failure is not null || version != RollupCalls.Version)
        {
            problems.Add(failure ?? new L1Failure.WrongVersion(options.Rollup, RollupCalls.Version, version is { IsUInt64: true } got ? (ulong)got : null));
            return;
        }

        if (expected is null)
        {
            return;
        }

        (string Function, string Setting, ulong Value)[] values =
        [
            ("genesisTime", "Rollup:GenesisTime", expected.GenesisTime),
            ("slotDuration", "Rollup:SlotDuration", expected.SlotDuration),
            ("epochSlots", "Rollup:EpochSlots", expected.EpochSlots),
            ("committeeSize", "Rollup:CommitteeSize", expected.CommitteeSize),
            ("committeeLag", "Rollup:CommitteeLag", expected.CommitteeLag),
            ("inclusionWindow", "Rollup:InclusionWindow", expected.InclusionWindow),
            ("proofWindow", "Rollup:ProofWindow", expected.ProofWindow),
        ];
        foreach ((string function, string setting, ulong value) in values)
        {
            (UInt256? onChain, failure) = await ReadAsync(client, options.Rollup, function, cancellationToken).ConfigureAwait(false);
            if (failure is not null)
            {
                problems.Add(failure);
            }
            else if (onChain != value)
            {
                problems.Add(new L1Failure.DifferentParameter(setting, $"{value}", $"{onChain?.ToString() ?? "none"}"));
            }
        }
    }

    private static async Task<(UInt256? Value, L1Failure? Failure)> ReadAsync(IL1Client client, Address rollup, string function, CancellationToken cancellationToken)
    {
        L1Result<CallOutcome> result = await client.CallAsync(new L1Call(rollup, RollupCalls.Query(function)), BlockTag.Latest, cancellationToken).ConfigureAwait(false);
        return result.TryGet(out CallOutcome? outcome, out L1Failure? failure)
            ? (outcome is CallOutcome.Returned { Data.Length: UInt256.Length } returned ? UInt256.FromBigEndian(returned.Data.Span) : null, null)
            : (null, failure);
    }
}
