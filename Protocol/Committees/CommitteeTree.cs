using System.Buffers.Binary;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Committees;

/// <summary>The Merkle tree over a committee's members whose root the contract keeps, with seed and number of members, as one word.</summary>
/// <remarks>A leaf is a member's address in 32 bytes; missing leaves up to the next power of two are zero; a node is keccak256(left, right).</remarks>
public sealed class CommitteeTree
{
    private readonly Hash256[][] _levels;
    private readonly Committee _committee;

    /// <summary>Builds the tree.</summary>
    /// <param name="committee">The committee.</param>
    public CommitteeTree(Committee committee)
    {
        ArgumentNullException.ThrowIfNull(committee);
        _committee = committee;
        int width = 1;
        int levels = 1;
        for (; width < committee.Size; width *= 2)
        {
            levels++;
        }

        _levels = new Hash256[levels][];
        _levels[0] = new Hash256[width];
        Span<byte> leaf = stackalloc byte[Hash256.Length];
        leaf.Clear();
        for (int i = 0; i < committee.Size; i++)
        {
            committee.Members[i].CopyTo(leaf[(Hash256.Length - Address.Length)..]);
            _levels[0][i] = new Hash256(leaf);
        }

        for (int level = 1; level < levels; level++)
        {
            Hash256[] below = _levels[level - 1];
            _levels[level] = new Hash256[below.Length / 2];
            for (int i = 0; i < _levels[level].Length; i++)
            {
                _levels[level][i] = Keccak256.HashPair(Hash256.AsSpan(in below[2 * i]), Hash256.AsSpan(in below[(2 * i) + 1]));
            }
        }

        Span<byte> committed = stackalloc byte[3 * Hash256.Length];
        committed.Clear();
        committee.Seed.CopyTo(committed);
        BinaryPrimitives.WriteInt32BigEndian(committed[((2 * Hash256.Length) - sizeof(int))..], committee.Size);
        _levels[^1][0].CopyTo(committed[(2 * Hash256.Length)..]);
        Commitment = Keccak256.Hash(committed);
    }

    /// <summary>What the contract keeps: keccak256(abi.encode(seed, number of members, root)).</summary>
    public Hash256 Commitment { get; }

    /// <summary>What a proposer shows the contract: seed, number of members in one byte, siblings from the leaf up.</summary>
    /// <param name="slot">The proposer's slot.</param>
    /// <returns>33 bytes and 32 for each level.</returns>
    public byte[] ProposerProof(ulong slot)
    {
        int index = _committee.IndexOf(_committee.ProposerAt(slot));
        byte[] proof = new byte[Hash256.Length + 1 + ((_levels.Length - 1) * Hash256.Length)];
        _committee.Seed.CopyTo(proof);
        proof[Hash256.Length] = (byte)_committee.Size;
        for (int level = 0; level < _levels.Length - 1; level++, index /= 2)
        {
            _levels[level][index ^ 1].CopyTo(proof.AsSpan(Hash256.Length + 1 + (level * Hash256.Length)));
        }

        return proof;
    }
}
