using System.Buffers;
using System.Numerics;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State.Tries;

/// <summary>RLP of nodes (yellow paper appendix D), written straight into buffers: the hottest code of a state root.</summary>
internal static class TrieEncoding
{
    /// <summary>Longest encoding of a branch: three bytes of header, sixteen hashes, no value.</summary>
    public const int MaxBranchLength = 3 + (16 * 33) + 1;

    /// <summary>Longest encoding of an extension.</summary>
    public const int MaxExtensionLength = 2 + 34 + 33;

    private const int StackLimit = 256;

    /// <summary>Longest encoding of a leaf.</summary>
    public static int MaxLeafLength(TrieLeaf leaf) => 4 + 34 + 4 + leaf.ValueLength;

    /// <summary>Length of an inline reference, told by its first byte.</summary>
    public static int InlineLength(in Hash256 reference) => Hash256.AsSpan(in reference)[0] - 0xc0 + 1;

    /// <summary>The slot of a leaf, whose reference is computed where it is not known.</summary>
    /// <param name="leaf">The leaf at its depth.</param>
    public static TrieSlot SlotOf(TrieLeaf leaf)
    {
        if (!leaf.IsReferenced)
        {
            int room = MaxLeafLength(leaf);
            byte[]? rented = room > StackLimit ? ArrayPool<byte>.Shared.Rent(room) : null;
            Span<byte> buffer = rented ?? stackalloc byte[StackLimit];
            Hash256 reference = Reference(buffer[..WriteLeaf(buffer, leaf)], out bool isInline);
            leaf.SetReference(in reference, isInline);
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }

        return new TrieSlot(TrieSlotKind.Leaf, leaf, in leaf.Reference, leaf.IsInline);
    }

    /// <summary>The slot of a branch that nobody else has seen, whose reference is computed. Those of its children are known.</summary>
    public static TrieSlot SlotOf(TrieBranch branch)
    {
        branch.Reference = BareReference(branch, out branch.IsInline);
        if (branch.Prefix.Length > 0)
        {
            Span<byte> buffer = stackalloc byte[MaxExtensionLength];
            branch.Reference = Reference(buffer[..WriteExtension(buffer, branch.Prefix, in branch.Reference, branch.IsInline)], out branch.IsInline);
        }

        return new TrieSlot(TrieSlotKind.Branch, branch, in branch.Reference, branch.IsInline);
    }

    /// <summary>The reference of a branch without the extension above it.</summary>
    public static Hash256 BareReference(TrieBranch branch, out bool isInline)
    {
        Span<byte> buffer = stackalloc byte[MaxBranchLength];
        return Reference(buffer[..WriteBranch(buffer, branch)], out isInline);
    }

    /// <summary>The hash of a trie whose root hangs in a slot: hashed even where it is short.</summary>
    public static Hash256 RootOf(in TrieSlot slot) =>
        slot.Kind == TrieSlotKind.Empty ? Keccak256.OfEmptyRlpString
        : slot.IsInline ? Keccak256.Hash(Hash256.AsSpan(in slot.Reference)[..InlineLength(in slot.Reference)])
        : slot.Reference;

    /// <summary>Length of a leaf's encoding.</summary>
    public static int LeafLength(TrieLeaf leaf)
    {
        int payload = LeafPayload(((NibblePath.MaxLength - leaf.Depth) / 2) + 1, leaf);
        return payload <= 55 ? 1 + payload : 1 + LengthOfLength(payload) + payload;
    }

    /// <summary>Length of a branch's encoding without the extension above it.</summary>
    public static int BranchLength(TrieBranch branch)
    {
        int payload = BranchPayload(branch);
        return payload <= 55 ? 1 + payload : 1 + LengthOfLength(payload) + payload;
    }

    /// <summary>Writes a leaf.</summary>
    /// <returns>Bytes written.</returns>
    public static int WriteLeaf(Span<byte> destination, TrieLeaf leaf)
    {
        int depth = leaf.Depth;
        ReadOnlySpan<byte> bytes = Hash256.AsSpan(in leaf.Key);
        int nibbles = NibblePath.MaxLength - depth;
        int pathLength = (nibbles / 2) + 1;
        int at = WriteHeader(destination, LeafPayload(pathLength, leaf), 0xc0);
        if (pathLength > 1)
        {
            destination[at++] = (byte)(0x80 + pathLength);
        }

        destination[at++] = (byte)((nibbles & 1) == 0 ? 0x20 : 0x30 | (bytes[depth >> 1] & 15));
        ReadOnlySpan<byte> rest = bytes[((depth + 1) >> 1)..];
        rest.CopyTo(destination[at..]);
        at += rest.Length;
        return at + WriteValue(destination[at..], leaf);
    }

    /// <summary>Writes a branch without the extension above it.</summary>
    /// <returns>Bytes written.</returns>
    public static int WriteBranch(Span<byte> destination, TrieBranch branch)
    {
        int at = WriteHeader(destination, BranchPayload(branch), 0xc0);
        int index = 0;
        for (int nibble = 0; nibble < 16; nibble++)
        {
            if (!branch.Has(nibble))
            {
                destination[at++] = 0x80;
            }
            else
            {
                at += WriteReference(destination[at..], in branch.ReferenceAt(index++), (branch.Inlines & (1 << nibble)) != 0);
            }
        }

        destination[at++] = 0x80;
        return at;
    }

    /// <summary>Writes an extension.</summary>
    /// <returns>Bytes written.</returns>
    public static int WriteExtension(Span<byte> destination, ReadOnlySpan<byte> nibbles, in Hash256 reference, bool isInline)
    {
        int pathLength = (nibbles.Length / 2) + 1;
        int payload = (pathLength == 1 ? 1 : 1 + pathLength) + (isInline ? InlineLength(in reference) : 33);
        int at = WriteHeader(destination, payload, 0xc0);
        if (pathLength > 1)
        {
            destination[at++] = (byte)(0x80 + pathLength);
        }

        bool odd = (nibbles.Length & 1) != 0;
        destination[at++] = (byte)(odd ? 0x10 | nibbles[0] : 0);
        for (int i = odd ? 1 : 0; i < nibbles.Length; i += 2)
        {
            destination[at++] = (byte)((nibbles[i] << 4) | nibbles[i + 1]);
        }

        return at + WriteReference(destination[at..], in reference, isInline);
    }

    private static int LeafPayload(int pathLength, TrieLeaf leaf) => (pathLength == 1 ? 1 : 1 + pathLength) + StringLength(leaf);

    private static int BranchPayload(TrieBranch branch)
    {
        int children = BitOperations.PopCount(branch.Children);
        int payload = 17 + (32 * children);
        if (branch.Inlines != 0)
        {
            for (int nibble = 0; nibble < 16; nibble++)
            {
                if ((branch.Inlines & (1 << nibble)) != 0)
                {
                    payload -= 33 - InlineLength(in branch.ReferenceAt(branch.IndexOf(nibble)));
                }
            }
        }

        return payload;
    }

    private static Hash256 Reference(ReadOnlySpan<byte> encoded, out bool isInline)
    {
        isInline = encoded.Length < Hash256.Length;
        if (!isInline)
        {
            return Keccak256.Hash(encoded);
        }

        Span<byte> padded = stackalloc byte[Hash256.Length];
        padded.Clear();
        encoded.CopyTo(padded);
        return new Hash256(padded);
    }

    private static int WriteReference(Span<byte> destination, in Hash256 reference, bool isInline)
    {
        if (isInline)
        {
            int length = InlineLength(in reference);
            Hash256.AsSpan(in reference)[..length].CopyTo(destination);
            return length;
        }

        destination[0] = 0x80 + Hash256.Length;
        reference.CopyTo(destination[1..]);
        return 1 + Hash256.Length;
    }

    /// <summary>Length of a leaf's value as an RLP string, which holds the value's own RLP.</summary>
    private static int StringLength(TrieLeaf leaf)
    {
        int length = leaf.ValueLength;
        if (length != 1)
        {
            return length <= 55 ? 1 + length : 1 + LengthOfLength(length) + length;
        }

        byte single = 0;
        leaf.WriteValue(new Span<byte>(ref single));
        return single < 0x80 ? 1 : 2;
    }

    private static int WriteValue(Span<byte> destination, TrieLeaf leaf)
    {
        int length = leaf.ValueLength;
        int at = StringLength(leaf) == 1 ? 0 : WriteHeader(destination, length, 0x80);
        leaf.WriteValue(destination[at..]);
        return at + length;
    }

    private static int WriteHeader(Span<byte> destination, int payload, byte offset)
    {
        if (payload <= 55)
        {
            destination[0] = (byte)(offset + payload);
            return 1;
        }

        int bytes = LengthOfLength(payload);
        destination[0] = (byte)(offset + 55 + bytes);
        for (int i = 0; i < bytes; i++)
        {
            destination[bytes - i] = (byte)(payload >> (8 * i));
        }

        return 1 + bytes;
    }

    private static int LengthOfLength(int length) => (32 - BitOperations.LeadingZeroCount((uint)length) + 7) / 8;
}
