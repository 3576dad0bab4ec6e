using System.Collections.Immutable;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.L1;

namespace Cloud.Settlement.Rollups;

/// <summary>A rollup contract as one L1 block has it, for people to look at.</summary>
/// <param name="Block">Height of the block.</param>
/// <param name="Deployed">What the deployment fixed.</param>
/// <param name="Parameters">The contract's other fixed values by their names in it: integers, wei where they are money.</param>
/// <param name="CurrentSlot">The slot at the block's time; null before slot 0.</param>
/// <param name="CurrentEpoch">Its epoch; null before slot 0.</param>
/// <param name="Tips">The ends of the chain.</param>
/// <param name="Deposits">Messages in the inbox.</param>
/// <param name="Ring">The newest checkpoints from the pending back to the proven one, newest first: number and what the contract keeps of it.</param>
/// <param name="Validators">The validators, in the order of the set; the first <see cref="MostValidators"/> of them.</param>
/// <param name="ValidatorCount">How many there are.</param>
/// <param name="Committee">Members of the current epoch's committee in the order drawn; empty where it is not drawn, or was drawn before the blocks that were searched.</param>
/// <param name="CommitteeCommitment">What the contract keeps of that committee; zero where it is not drawn.</param>
public sealed record RollupInspection(
    ulong Block,
    DeployedRollup Deployed,
    ImmutableArray<(string Name, UInt256 Value)> Parameters,
    ulong? CurrentSlot,
    ulong? CurrentEpoch,
    RollupTips Tips,
    ulong Deposits,
    ImmutableArray<(ulong Number, Hash256 Hash)> Ring,
    ImmutableArray<RollupInspection.Validator> Validators,
    ulong ValidatorCount,
    ImmutableArray<Address> Committee,
    Hash256 CommitteeCommitment)
{
    /// <summary>Most validators that are read one by one.</summary>
    public const int MostValidators = 256;

    private const ulong BlocksPerSearch = 2_000;

    /// <summary>A registered validator.</summary>
    /// <param name="Address">Whose signatures count.</param>
    /// <param name="Withdrawer">Who gets the stake back.</param>
    /// <param name="Stake">Wei.</param>
    public sealed record Validator(Address Address, Address Withdrawer, UInt256 Stake);

    /// <summary>Reads a contract.</summary>
    /// <param name="client">L1.</param>
    /// <param name="rollup">The rollup contract.</param>
    /// <param name="checkpoints">Newest checkpoints to read, from 0.</param>
    /// <param name="searchFrom">First L1 block that is searched for the committee's members.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What it holds; or why that is not known.</returns>
    public static async Task<L1Result<RollupInspection>> ReadAsync(IL1Client client, Address rollup, int checkpoints, ulong searchFrom, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentOutOfRangeException.ThrowIfNegative(checkpoints);
        try
        {
            Reading reading = new(client, rollup, await HeadAsync(client, cancellationToken).ConfigureAwait(false), cancellationToken);
            DeployedRollup deployed = Require(await DeployedRollup.ReadAsync(client, rollup, cancellationToken).ConfigureAwait(false));
            ImmutableArray<(string, UInt256)>.Builder parameters = ImmutableArray.CreateBuilder<(string, UInt256)>();
            foreach (string name in Names)
            {
                parameters.Add((name, await reading.NumberAsync(RollupCalls.Query(name)).ConfigureAwait(false)));
            }

            RollupTips tips = RollupTips.Read(await reading.CallAsync(RollupCalls.Query("tips")).ConfigureAwait(false)) ?? throw new Unreadable(Wrong(rollup));
            ImmutableArray<(ulong, Hash256)> ring = await reading.RingAsync(tips, checkpoints).ConfigureAwait(false);
            ulong count = (ulong)await reading.NumberAsync(RollupCalls.Query("validatorCount")).ConfigureAwait(false);
            ImmutableArray<Validator> validators = await reading.ValidatorsAsync(count).ConfigureAwait(false);
            ulong? epoch = deployed.Clock.EpochAt(reading.Head.Timestamp);
            Hash256 commitment = epoch is { } current ? await reading.WordAsync(RollupCalls.Query("committees", current)).ConfigureAwait(false) : default;
            return new L1Result<RollupInspection>.Ok(new RollupInspection(
                reading.Head.Number,
                deployed,
                parameters.ToImmutable(),
                deployed.Clock.SlotAt(reading.Head.Timestamp),
                epoch,
                tips,
                (ulong)await reading.NumberAsync(RollupCalls.Query("depositCount")).ConfigureAwait(false),
                ring,
                validators,
                count,
                commitment == default ? [] : await reading.CommitteeAsync(commitment, searchFrom).ConfigureAwait(false),
                commitment));
        }
        catch (Unreadable unreadable)
        {
            return new L1Result<RollupInspection>.Failed(unreadable.Failure);
        }
    }

    private static ImmutableArray<string> Names { get; } =
        ["committeeSize", "churnLimit", "ringSize", "requiredStake", "equivocationPenalty", "publicationPenalty", "reporterReward", "exitDelay"];

    private static async Task<L1Block> HeadAsync(IL1Client client, CancellationToken cancellationToken) =>
        Require(await client.GetBlockAsync(BlockTag.Latest, cancellationToken).ConfigureAwait(false)) ?? throw new Unreadable(new L1Failure.BadReply(client.Endpoint, "eth_getBlockByNumber", "there is no newest block"));

    private static L1Failure.WrongVersion Wrong(Address rollup) => new(rollup, RollupCalls.Version, null);

    private static T Require<T>(L1Result<T> result) => result.TryGet(out T? value, out L1Failure? failure) || failure is null ? value! : throw new Unreadable(failure);

    /// <summary>Ends a reading of many calls at the first that fails; it never leaves <see cref="ReadAsync"/>.</summary>
    private sealed class Unreadable(L1Failure failure) : Exception(failure.Message)
    {
        internal L1Failure Failure { get; } = failure;
    }

    /// <summary>Calls of one contract on one block.</summary>
    private sealed class Reading(IL1Client client, Address rollup, L1Block head, CancellationToken cancellationToken)
    {
        internal L1Block Head => head;

        internal async Task<Bytes> CallAsync(Bytes call) =>
            Require(await client.CallAsync(new L1Call(rollup, call), BlockTag.Of(head.Number), cancellationToken).ConfigureAwait(false)) is CallOutcome.Returned returned
                ? returned.Data
                : throw new Unreadable(Wrong(rollup));

        internal async Task<Hash256> WordAsync(Bytes call)
        {
            Bytes data = await CallAsync(call).ConfigureAwait(false);
            return data.Length == Hash256.Length ? new Hash256(data.Span) : throw new Unreadable(Wrong(rollup));
        }

        internal async Task<UInt256> NumberAsync(Bytes call)
        {
            Hash256 word = await WordAsync(call).ConfigureAwait(false);
            return UInt256.FromBigEndian(Hash256.AsSpan(in word));
        }

        internal async Task<ImmutableArray<(ulong Number, Hash256 Hash)>> RingAsync(RollupTips tips, int checkpoints)
        {
            ImmutableArray<(ulong, Hash256)>.Builder ring = ImmutableArray.CreateBuilder<(ulong, Hash256)>();
            for (ulong number = tips.PendingNumber; number > 0 && ring.Count < checkpoints; number--)
            {
                // The contract answers zero below the proven checkpoint.
                Hash256 hash = await WordAsync(RollupCalls.Query("checkpointHash", number)).ConfigureAwait(false);
                if (hash == default)
                {
                    break;
                }

                ring.Add((number, hash));
            }

            return ring.ToImmutable();
        }

        internal async Task<ImmutableArray<Validator>> ValidatorsAsync(ulong count)
        {
            ImmutableArray<Validator>.Builder validators = ImmutableArray.CreateBuilder<Validator>();
            for (ulong i = 0; i < Math.Min(count, MostValidators); i++)
            {
                Hash256 word = await WordAsync(RollupCalls.Query("validatorAt", i)).ConfigureAwait(false);
                Address address = new(Hash256.AsSpan(in word)[12..]);
                validators.Add(Read(address, await CallAsync(RollupCalls.Query("validators", address)).ConfigureAwait(false)));
            }

            return validators.ToImmutable();
        }

        /// <summary>A committee's members stand in the event of its drawing only; it is found from the newest block backwards.</summary>
        internal async Task<ImmutableArray<Address>> CommitteeAsync(Hash256 commitment, ulong searchFrom)
        {
            for (ulong to = head.Number; ; to -= BlocksPerSearch)
            {
                ulong from = Math.Max(searchFrom, to >= BlocksPerSearch ? to - BlocksPerSearch + 1 : 0);
                if (from > to)
                {
                    return [];
                }

                foreach (L1Log log in Require(await client.GetLogsAsync(new LogFilter(rollup, from, to), cancellationToken).ConfigureAwait(false)))
                {
                    if (RollupEvent.Read(log) is RollupEvent.CommitteeDrawn drawn && drawn.Commitment == commitment)
                    {
                        return drawn.Members;
                    }
                }

                if (from == searchFrom || from == 0)
                {
                    return [];
                }
            }
        }

        private Validator Read(in Address address, Bytes data)
        {
            AbiReader reader = new(data.Span);
            Validator validator = new(address, reader.Address(), reader.UInt256());
            return reader.Failed ? throw new Unreadable(Wrong(rollup)) : validator;
        }
    }
}
