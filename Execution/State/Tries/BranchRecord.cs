using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State.Tries;

/// <summary>A branch on disk: three masks of two bytes, the prefix's length and nibbles, and the references. Little-endian.</summary>
internal static class BranchRecord
{
    private const int FixedLength = 7;

    public static int LengthOf(TrieBranch branch) => FixedLength + branch.Prefix.Length + (branch.Nodes.Length * Hash256.Length);

    public static void Write(TrieBranch branch, Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(destination, branch.Children);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[2..], branch.Leaves);
        BinaryPrimitives.WriteUInt16LittleEndian(destination[4..], branch.Inlines);
        destination[6] = (byte)branch.Prefix.Length;
        branch.Prefix.CopyTo(destination[FixedLength..]);
        Span<byte> references = destination[(FixedLength + branch.Prefix.Length)..];
        for (int i = 0; i < branch.Nodes.Length; i++)
        {
            branch.ReferenceAt(i).CopyTo(references[(i * Hash256.Length)..]);
        }
    }

    public static TrieBranch Read(ReadOnlySpan<byte> stored)
    {
        if (stored.Length >= FixedLength)
        {
            ushort children = BinaryPrimitives.ReadUInt16LittleEndian(stored);
            int count = BitOperations.PopCount(children);
            int prefix = stored[6];
            if (stored.Length == FixedLength + prefix + (count * Hash256.Length))
            {
                Hash256[] references = new Hash256[count];
                stored[(FixedLength + prefix)..].CopyTo(MemoryMarshal.AsBytes(references.AsSpan()));
                return new TrieBranch(
                    prefix == 0 ? [] : stored.Slice(FixedLength, prefix).ToArray(),
                    children,
                    BinaryPrimitives.ReadUInt16LittleEndian(stored[2..]),
                    BinaryPrimitives.ReadUInt16LittleEndian(stored[4..]),
                    references,
                    new TrieNode?[count])
                {
                    Persisted = true,
                };
            }
        }

        throw new StateCorruptException($"A branch's record of {stored.Length} bytes is malformed.");
    }
}
