using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State.Tries;

/// <summary>Collects the nodes between a root and a key.</summary>
internal static class TrieProver
{
    public static AccountProof Prove(INodeSource source, in TrieSlot root, in Hash256 stateRoot, in Address address, ReadOnlySpan<UInt256> slots)
    {
        Hash256 key = StateKeys.OfAddress(in address);
        ImmutableArray<Bytes> nodes = Walk(source, null, in root, in key, out TrieLeaf? leaf);
        AccountRecord? record = (leaf as AccountLeaf)?.ToRecord();
        Hash256 storageRoot = record?.StorageRoot ?? Keccak256.OfEmptyRlpString;
        ImmutableArray<StorageProof>.Builder storage = ImmutableArray.CreateBuilder<StorageProof>(slots.Length);
        TrieSlot storageSlot = storageRoot == Keccak256.OfEmptyRlpString ? default
            : ((AccountLeaf)leaf!).Contract!.Storage is { } node ? new TrieSlot(node is TrieLeaf ? TrieSlotKind.Leaf : TrieSlotKind.Branch, node, in storageRoot, isInline: false)
            : new TrieSlot(TrieSlotKind.Unknown, null, in storageRoot, isInline: false);
        foreach (UInt256 slot in slots)
        {
            Hash256 slotKey = StateKeys.OfSlot(in slot);
            ImmutableArray<Bytes> slotNodes = Walk(source, key, in storageSlot, in slotKey, out TrieLeaf? slotLeaf);
            storage.Add(new StorageProof(slot, (slotLeaf as SlotLeaf)?.Value ?? UInt256.Zero, slotNodes));
        }

        return new AccountProof(address, record?.Account, storageRoot, nodes, storage.DrainToImmutable());
    }

    private static ImmutableArray<Bytes> Walk(INodeSource source, Hash256? owner, in TrieSlot root, in Hash256 key, out TrieLeaf? found)
    {
        found = null;
        TrieSlot slot = TrieUpdate.LoadRoot(source, owner, in root);
        ImmutableArray<Bytes>.Builder nodes = ImmutableArray.CreateBuilder<Bytes>();
        NibblePath path = default;
        Span<byte> buffer = stackalloc byte[TrieEncoding.MaxBranchLength];
        while (slot.Kind == TrieSlotKind.Branch)
        {
            TrieBranch branch = (TrieBranch?)slot.Node ?? source.LoadBranch(owner, in path) ?? throw Missing(in path);
            Hash256 bare = TrieEncoding.BareReference(branch, out bool isBareInline);
            if (branch.Prefix.Length > 0)
            {
                Add(nodes, buffer[..TrieEncoding.WriteExtension(buffer, branch.Prefix, in bare, isBareInline)], slot.IsInline);
                for (int i = 0; i < branch.Prefix.Length; i++)
                {
                    if (NibblePath.NibbleAt(in key, path.Length + i) != branch.Prefix[i])
                    {
                        return nodes.DrainToImmutable();
                    }
                }
            }

            Add(nodes, buffer[..TrieEncoding.WriteBranch(buffer, branch)], branch.Prefix.Length > 0 ? isBareInline : slot.IsInline);
            path = path.Append(branch.Prefix);
            int nibble = NibblePath.NibbleAt(in key, path.Length);
            path = path.Append(nibble);
            slot = branch.Child(nibble);
        }

        if (slot.Kind == TrieSlotKind.Leaf)
        {
            TrieLeaf leaf = (TrieLeaf?)slot.Node ?? source.LoadLeaf(owner, in path)?.At(path.Length) ?? throw Missing(in path);
            byte[] encoded = new byte[TrieEncoding.MaxLeafLength(leaf)];
            Add(nodes, encoded.AsSpan(0, TrieEncoding.WriteLeaf(encoded, leaf)), slot.IsInline);
            found = leaf.Key == key ? leaf : null;
        }

        return nodes.DrainToImmutable();
    }

    // An inline node stands in its parent.
    private static void Add(ImmutableArray<Bytes>.Builder nodes, ReadOnlySpan<byte> encoded, bool isInline)
    {
        if (!isInline)
        {
            nodes.Add(Bytes.CopyOf(encoded));
        }
    }

    private static StateCorruptException Missing(in NibblePath path) => new($"The node at {path.Bits} ({path.Length} nibbles) is missing.");
}
