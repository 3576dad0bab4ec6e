using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Tries;

/// <summary>Verifies proofs of Merkle Patricia tries against a root (yellow paper appendix D). Total: any input gives an answer.</summary>
public static class TrieProof
{
    /// <summary>Follows a proof to a key.</summary>
    /// <param name="root">The root to trust.</param>
    /// <param name="key">The key.</param>
    /// <param name="nodes">RLP of the nodes from the root down.</param>
    /// <param name="value">What the key holds; empty where it is proven that it holds nothing.</param>
    /// <returns>False where the nodes prove nothing about the key.</returns>
    public static bool TryFollow(in Hash256 root, ReadOnlySpan<byte> key, ReadOnlySpan<Bytes> nodes, out byte[] value)
    {
        value = [];
        if (nodes.IsEmpty)
        {
            return root == Keccak256.OfEmptyRlpString;
        }

        Hash256 expected = root;
        ReadOnlySpan<byte> inline = default;
        int depth = 0;
        int used = 0;
        while (true)
        {
            ReadOnlySpan<byte> node = inline;
            if (node.IsEmpty)
            {
                if (used == nodes.Length || Keccak256.Hash(nodes[used].Span) != expected)
                {
                    return false;
                }

                node = nodes[used++].Span;
            }

            RlpReader outer = new(node);
            if (!outer.TryReadList(out RlpReader items) || !outer.TryEnd() || !items.TryCountItems(out int count) || count is not (2 or 17))
            {
                return false;
            }

            ReadOnlySpan<byte> next;
            if (count == 17)
            {
                if (depth == 2 * key.Length)
                {
                    return TryReadEnd(ref items, out value) && used == nodes.Length;
                }

                for (int nibble = NibbleAt(key, depth); nibble > 0; nibble--)
                {
                    items.TryReadItem(out _);
                }

                depth++;
                if (!items.TryReadItem(out next))
                {
                    return false;
                }
            }
            else
            {
                if (!items.TryReadString(out ReadOnlySpan<byte> path) || !TryMatch(key, path, ref depth, out bool isLeaf, out bool matches))
                {
                    return false;
                }

                if (!matches)
                {
                    return used == nodes.Length;
                }

                if (isLeaf)
                {
                    if (depth != 2 * key.Length || !items.TryReadString(out ReadOnlySpan<byte> leafValue) || leafValue.IsEmpty)
                    {
                        return false;
                    }

                    value = leafValue.ToArray();
                    return used == nodes.Length;
                }

                if (!items.TryReadItem(out next))
                {
                    return false;
                }
            }

            if (next is [0x80])
            {
                return count == 17 && used == nodes.Length;
            }

            if (next[0] >= 0xc0)
            {
                inline = next;
            }
            else if (next.Length == 1 + Hash256.Length)
            {
                inline = default;
                expected = new Hash256(next[1..]);
            }
            else
            {
                return false;
            }
        }
    }

    private static bool TryMatch(ReadOnlySpan<byte> key, ReadOnlySpan<byte> path, ref int depth, out bool isLeaf, out bool matches)
    {
        isLeaf = false;
        matches = false;
        if (path.IsEmpty || path[0] >> 4 > 3)
        {
            return false;
        }

        int flag = path[0] >> 4;
        isLeaf = flag >= 2;
        int count = ((path.Length - 1) * 2) + (flag & 1);
        if (count > (2 * key.Length) - depth)
        {
            return false;
        }

        matches = true;
        for (int i = 0; i < count; i++)
        {
            int at = i + 2 - (flag & 1);
            int nibble = (at & 1) == 0 ? path[at >> 1] >> 4 : path[at >> 1] & 15;
            matches &= NibbleAt(key, depth + i) == nibble;
        }

        depth += count;
        return true;
    }

    /// <summary>Reads the value of a branch at which the key ends.</summary>
    private static bool TryReadEnd(ref RlpReader items, out byte[] value)
    {
        for (int i = 0; i < 16; i++)
        {
            items.TryReadItem(out _);
        }

        bool isRead = items.TryReadString(out ReadOnlySpan<byte> stored);
        value = stored.ToArray();
        return isRead;
    }

    private static int NibbleAt(ReadOnlySpan<byte> key, int index) => (index & 1) == 0 ? key[index >> 1] >> 4 : key[index >> 1] & 15;
}
