using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.Following;
using Cloud.Settlement.Rollups;

namespace Cloud.Settlement.Proving;

/// <summary>What a proof shows: that the checkpoints after the proven one up to a number follow by execution and are attested (contracts/src/Rollup.sol, proofStatement).</summary>
/// <param name="Proven">Number of the proven checkpoint.</param>
/// <param name="To">Number of the last one that the proof is about.</param>
/// <param name="Last">That checkpoint.</param>
/// <param name="Hash">The statement, as a verifier contract sees it.</param>
public sealed record EpochStatement(ulong Proven, ulong To, CheckpointRecord Last, Hash256 Hash)
{
    /// <summary>The statement about the oldest unproven epoch, computed from what was followed, and from nothing that a node says.</summary>
    /// <param name="l1ChainId">L1's chain id.</param>
    /// <param name="rollup">The contract.</param>
    /// <param name="chain">The followed checkpoints, with the proven one.</param>
    /// <param name="proven">Number of the proven checkpoint.</param>
    /// <param name="clock">The contract's time.</param>
    /// <param name="timestamp">The newest L1 block's timestamp: an epoch is proven when no checkpoint can be added to it any more.</param>
    /// <returns>The statement; null where no epoch is complete, or its checkpoints are not all followed.</returns>
    public static EpochStatement? Of(ulong l1ChainId, in Address rollup, IReadOnlyList<FollowedCheckpoint> chain, ulong proven, RollupClock clock, ulong timestamp)
    {
        ArgumentNullException.ThrowIfNull(chain);
        int from = 0;
        while (from < chain.Count && chain[from].Posted.Number != proven)
        {
            from++;
        }

        if (from + 1 >= chain.Count)
        {
            return null;
        }

        ulong epoch = clock.EpochOf(chain[from + 1].Posted.Record.Slot);
        int to = from + 1;
        while (to + 1 < chain.Count && clock.EpochOf(chain[to + 1].Posted.Record.Slot) == epoch)
        {
            to++;
        }

        bool isComplete = timestamp >= clock.DeadlineOf(((epoch + 1) * clock.EpochSlots) - 1) || to + 1 < chain.Count;
        if (!isComplete)
        {
            return null;
        }

        byte[] hashes = new byte[(to - from + 1) * Hash256.Length];
        for (int i = from; i <= to; i++)
        {
            chain[i].Posted.Record.Hash().CopyTo(hashes.AsSpan((i - from) * Hash256.Length));
        }

        ulong last = chain[to].Posted.Number;
        Hash256 statement = Keccak256.Hash(new AbiTuple().Add(l1ChainId).Add(rollup).Add(proven).Add(last).Add(Keccak256.Hash(hashes)).Encode());
        return new EpochStatement(proven, last, chain[to].Posted.Record, statement);
    }

    /// <summary>The proof for the verifier of attested proofs: a bitmap of the signers and their signatures in order.</summary>
    /// <param name="signatures">Signatures of the statement by the prover's place in the verifier's list, 0 to 255.</param>
    /// <returns>Bytes for submitProof.</returns>
    public static Bytes Proof(ImmutableSortedDictionary<int, Signature> signatures)
    {
        ArgumentNullException.ThrowIfNull(signatures);
        byte[] proof = new byte[Hash256.Length + (CompactSignature.Length * signatures.Count)];
        int offset = Hash256.Length;
        foreach ((int place, Signature signature) in signatures)
        {
            proof[Hash256.Length - 1 - (place / 8)] |= (byte)(1 << (place % 8));
            CompactSignature.From(signature).CopyTo(proof.AsSpan(offset));
            offset += CompactSignature.Length;
        }

        return proof;
    }
}
