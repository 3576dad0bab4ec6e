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

    /// <summary>Longest encoding of a leaf with a value of some length.</summary>
    public static int MaxLeafLength(int valueLength) => 4 + 34 + 4 + valueLength;

    /// <summary>Length of an inline reference, told by its first byte.</summary>
    public static int InlineLength(in Hash256 reference) => Hash256.AsSpan(in reference)[0] - 0xc0 + 1;

    /// <summary>The slot of a leaf at a depth.</summary>
    public static TrieSlot SlotOf(TrieLeaf leaf, int depth)
    {
        int room = MaxLeafLength(leaf.Value.Length);
        byte[]? rented = room > StackLimit ? ArrayPool<byte>.Shared.Rent(room) : null;
        Span<byte> buffer = rented ?? stackalloc byte[StackLimit];
        int length = WriteLeaf(buffer, in leaf.Key, depth, leaf.Value);
        TrieSlot slot = Reference(TrieSlotKind.Leaf, leaf, buffer[..length]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return slot;
    }

    /// <summary>The slot of a branch.</summary>
    public static TrieSlot SlotOf(TrieBranch branch)
    {
        Span<byte> buffer = stackalloc byte[MaxBranchLength];
        int length = WriteBranch(buffer, branch);
        TrieSlot slot = Reference(TrieSlotKind.Branch, branch, buffer[..length]);
        if (branch.Prefix.Length == 0)
        {
            return slot;
        }

        length = WriteExtension(buffer, branch.Prefix, slot.Reference, slot.IsInline);
        return Reference(TrieSlotKind.Branch, branch, buffer[..length]);
    }

    /// <summary>The hash of a trie whose root hangs in a slot: hashed even where it is short.</summary>
    public static Hash256 RootOf(in TrieSlot slot) =>
        slot.Kind == TrieSlotKind.Empty ? Keccak256.OfEmptyRlpString
        : slot.IsInline ? Keccak256.Hash(Hash256.AsSpan(in slot.Reference)[..InlineLength(in slot.Reference)])
        : slot.Reference;

    /// <summary>Length of a leaf's encoding.</summary>
    public static int LeafLength(int depth, ReadOnlySpan<byte> value)
    {
        int payload = LeafPayload(((NibblePath.MaxLength - depth) / 2) + 1, value);
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
    public static int WriteLeaf(Span<byte> destination, in Hash256 key, int depth, ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> bytes = Hash256.AsSpan(in key);
        int nibbles = NibblePath.MaxLength - depth;
        int pathLength = (nibbles / 2) + 1;
        int at = WriteHeader(destination, LeafPayload(pathLength, value), 0xc0);
        if (pathLength > 1)
        {
            destination[at++] = (byte)(0x80 + pathLength);
        }

        destination[at++] = (byte)((nibbles & 1) == 0 ? 0x20 : 0x30 | (bytes[depth >> 1] & 15));
        ReadOnlySpan<byte> rest = bytes[((depth + 1) >> 1)..];
        rest.CopyTo(destination[at..]);
        at += rest.Length;
        return at + WriteString(destination[at..], value);
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
                ref readonly Hash256 reference = ref branch.References[index++];
                at += WriteReference(destination[at..], in reference, (branch.Inlines & (1 << nibble)) != 0);
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

    private static int LeafPayload(int pathLength, ReadOnlySpan<byte> value) => (pathLength == 1 ? 1 : 1 + pathLength) + StringLength(value);

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
                    payload -= 33 - InlineLength(in branch.References[branch.IndexOf(nibble)]);
                }
            }
        }

        return payload;
    }

    private static TrieSlot Reference(TrieSlotKind kind, TrieNode node, Span<byte> encoded)
    {
        if (encoded.Length >= Hash256.Length)
        {
            return new TrieSlot(kind, node, Keccak256.Hash(encoded), isInline: false);
        }

        Span<byte> padded = stackalloc byte[Hash256.Length];
        padded.Clear();
        encoded.CopyTo(padded);
        return new TrieSlot(kind, node, new Hash256(padded), isInline: true);
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

    private static int StringLength(ReadOnlySpan<byte> value) =>
        value.Length == 1 && value[0] < 0x80 ? 1 : value.Length <= 55 ? 1 + value.Length : 1 + LengthOfLength(value.Length) + value.Length;

    private static int WriteString(Span<byte> destination, ReadOnlySpan<byte> value)
    {
        int at = value.Length == 1 && value[0] < 0x80 ? 0 : WriteHeader(destination, value.Length, 0x80);
        value.CopyTo(destination[at..]);
        return at + value.Length;
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
