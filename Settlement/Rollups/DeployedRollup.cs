using System.Collections.Immutable;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.L1;

namespace Cloud.Settlement.Rollups;

/// <summary>What a deployment fixed for ever, read from the contracts.</summary>
/// <param name="GenesisHash">What the first checkpoint names as its parent.</param>
/// <param name="Clock">Its time.</param>
/// <param name="Verifier">The contract that judges epoch proofs.</param>
/// <param name="Provers">The verifier's provers in its order; none for a verifier of another kind.</param>
/// <param name="Threshold">How many of them prove; 0 for a verifier of another kind.</param>
public sealed record DeployedRollup(Hash256 GenesisHash, RollupClock Clock, Address Verifier, ImmutableArray<Address> Provers, int Threshold)
{
    private const int MaxProvers = 256;

    /// <summary>Reads a deployment.</summary>
    /// <param name="client">L1.</param>
    /// <param name="rollup">The rollup contract.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Its values; or why there are none, such as a contract that is no rollup.</returns>
    public static async Task<L1Result<DeployedRollup>> ReadAsync(IL1Client client, Address rollup, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        Hash256[] words = new Hash256[Functions.Length];
        for (int i = 0; i < Functions.Length; i++)
        {
            L1Result<Hash256?> read = await WordAsync(client, rollup, RollupCalls.Query(Functions[i]), cancellationToken).ConfigureAwait(false);
            if (!read.TryGet(out Hash256? word, out L1Failure? failure) && failure is not null)
            {
                return new L1Result<DeployedRollup>.Failed(failure);
            }

            if (word is null || (i == 0 && ToUInt64(word.Value) != RollupCalls.Version))
            {
                return new L1Result<DeployedRollup>.Failed(new L1Failure.WrongVersion(rollup, RollupCalls.Version, i == 0 && word is { } got ? ToUInt64(got) : null));
            }

            words[i] = word.Value;
        }

        RollupClock clock = new(ToUInt64(words[2]), (uint)ToUInt64(words[3]), (uint)ToUInt64(words[4]), (uint)ToUInt64(words[5]), (uint)ToUInt64(words[6]), (uint)ToUInt64(words[7]));
        Address verifier = ToAddress(words[8]);
        L1Result<Hash256?> threshold = await WordAsync(client, verifier, Verify("threshold"), cancellationToken).ConfigureAwait(false);
        if (!threshold.TryGet(out Hash256? needed, out L1Failure? failed) && failed is not null)
        {
            return new L1Result<DeployedRollup>.Failed(failed);
        }

        ImmutableArray<Address>.Builder provers = ImmutableArray.CreateBuilder<Address>();
        while (needed is not null && provers.Count < MaxProvers)
        {
            L1Result<Hash256?> prover = await WordAsync(client, verifier, Verify("provers", (ulong)provers.Count), cancellationToken).ConfigureAwait(false);
            if (!prover.TryGet(out Hash256? word, out failed) && failed is not null)
            {
                return new L1Result<DeployedRollup>.Failed(failed);
            }

            // Behind the last one the call reverts.
            if (word is null)
            {
                break;
            }

            provers.Add(ToAddress(word.Value));
        }

        return new L1Result<DeployedRollup>.Ok(
            new DeployedRollup(words[1], clock, verifier, provers.ToImmutable(), needed is { } count ? (int)ToUInt64(count) : 0));
    }

    private static ImmutableArray<string> Functions { get; } =
        ["VERSION", "genesisHash", "genesisTime", "slotDuration", "epochSlots", "inclusionWindow", "committeeLag", "proofWindow", "verifier"];

    private static Bytes Verify(string function, ulong? argument = null) =>
        (argument is { } value ? new AbiTuple().Add(value) : new AbiTuple()).EncodeCall(ContractArtifact.AttestedVerifier.Selector(function).Span);

    private static async Task<L1Result<Hash256?>> WordAsync(IL1Client client, Address contract, Bytes call, CancellationToken cancellationToken)
    {
        L1Result<CallOutcome> result = await client.CallAsync(new L1Call(contract, call), BlockTag.Latest, cancellationToken).ConfigureAwait(false);
        return result.Map<Hash256?>(outcome => new L1Result<Hash256?>.Ok(
            outcome is CallOutcome.Returned { Data.Length: Hash256.Length } returned ? new Hash256(returned.Data.Span) : null));
    }

    private static ulong ToUInt64(in Hash256 word) => (ulong)UInt256.FromBigEndian(Hash256.AsSpan(in word));

    private static Address ToAddress(in Hash256 word) => new(Hash256.AsSpan(in word)[12..]);
}
