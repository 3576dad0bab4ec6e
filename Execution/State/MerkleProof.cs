using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tries;

namespace Cloud.Execution.State;

/// <summary>Verifies proofs against a root, without any state (EIP-1186, yellow paper appendix D). Total: any input gives an answer.</summary>
public static class MerkleProof
{
    /// <summary>Verifies an account and all slots of its proof.</summary>
    /// <param name="stateRoot">The root to trust.</param>
    /// <param name="proof">What to verify.</param>
    /// <returns>Whether the account and every slot are what the proof says.</returns>
    public static bool Verify(in Hash256 stateRoot, AccountProof proof)
    {
        Address address = proof.Address;
        byte[] value = [];
        if (!TryFollow(in stateRoot, StateKeys.OfAddress(in address), proof.Nodes.AsSpan(), ref value))
        {
            return false;
        }

        byte[] expected = proof.Account is { } account ? new AccountRecord(account, proof.StorageRoot).ToRlp() : [];
        if (!value.AsSpan().SequenceEqual(expected) || (proof.Account is null && proof.StorageRoot != Keccak256.OfEmptyRlpString))
        {
            return false;
        }

        foreach (StorageProof slot in proof.Storage)
        {
            UInt256 key = slot.Key;
            UInt256 slotValue = slot.Value;
            byte[] stored = [];
            if (!TryFollow(proof.StorageRoot, StateKeys.OfSlot(in key), slot.Nodes.AsSpan(), ref stored)
                || !stored.AsSpan().SequenceEqual(slotValue.IsZero ? [] : SlotValue.ToRlp(in slotValue)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Follows a proof to a key.</summary>
    /// <param name="root">The root to trust.</param>
    /// <param name="key">The hashed key.</param>
    /// <param name="nodes">RLP of the nodes from the root down.</param>
    /// <param name="value">What the key holds; empty where it is proven that it holds nothing.</param>
    /// <returns>False where the nodes prove nothing about the key.</returns>
    public static bool TryFollow(in Hash256 root, in Hash256 key, ReadOnlySpan<Bytes> nodes, ref byte[] value) =>
        TrieProof.TryFollow(in root, Hash256.AsSpan(in key), nodes, out value);
}
