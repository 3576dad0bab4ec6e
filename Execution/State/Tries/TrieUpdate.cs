using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State.Tries;

/// <summary>
/// Applies a batch of changes to a trie: one pass down and up again that touches each changed node once, copies what it changes and hashes each new node once.
/// The old trie stays as it is, but for what the same maker has made.
/// </summary>
/// <param name="source">Where nodes come from that are not in memory.</param>
/// <param name="editor">What becomes of each key.</param>
/// <param name="owner">The hashed address whose storage it is; null for the trie of accounts.</param>
/// <param name="stale">Collects the places on disk that become useless.</param>
/// <param name="alone">Whether to leave other processors alone, however many changes there are.</param>
/// <param name="maker">Who may change the nodes that it has made before: they are not copied again. Null where the old trie has to stay as it is.</param>
internal sealed class TrieUpdate(INodeSource source, ILeafEditor editor, Hash256? owner, StaleNodes stale, bool alone = false, object? maker = null)
{
    /// <summary>Batches below this size are not worth other threads.</summary>
    private const int ParallelThreshold = 128;

    /// <summary>Batches below this size are not worth to be hashed together.</summary>
    private const int DeferThreshold = 8;

    /// <summary>Sorts changes by key.</summary>
    /// <param name="items">The changes; no key twice.</param>
    public static void Sort(Span<TrieItem> items)
    {
        // Keys are hashes: their first 64 bits nearly always decide, and numbers sort faster than structures.
        ulong[] prefixes = ArrayPool<ulong>.Shared.Rent(items.Length);
        Span<ulong> keys = prefixes.AsSpan(0, items.Length);
        for (int i = 0; i < items.Length; i++)
        {
            keys[i] = PrefixOf(in items[i]);
        }

        keys.Sort(items);
        ArrayPool<ulong>.Shared.Return(prefixes);
        for (int i = 1; i < items.Length; i++)
        {
            for (int k = i; k > 0 && items[k].Key < items[k - 1].Key; k--)
            {
                (items[k], items[k - 1]) = (items[k - 1], items[k]);
            }
        }
    }

    /// <summary>Applies sorted changes to a whole trie.</summary>
    /// <param name="root">The old root; <see cref="TrieSlotKind.Unknown"/> where only its hash is known.</param>
    /// <param name="items">The changes, sorted.</param>
    /// <returns>The new root.</returns>
    public TrieSlot Apply(in TrieSlot root, ReadOnlyMemory<TrieItem> items)
    {
        if (items.IsEmpty)
        {
            return root;
        }

        TrieSlot loaded = LoadRoot(in root);
        return !alone && items.Length >= ParallelThreshold && loaded.Kind == TrieSlotKind.Branch && ((TrieBranch)loaded.Node!).Prefix.Length == 0
            ? UpdateInParallel(in loaded, items)
            : UpdateWhole(in loaded, default, items.Span);
    }

    /// <summary>Finds out what the root of a trie on disk is.</summary>
    public TrieSlot LoadRoot(in TrieSlot root) => LoadRoot(source, owner, in root);

    /// <inheritdoc cref="LoadRoot(in TrieSlot)"/>
    public static TrieSlot LoadRoot(INodeSource source, Hash256? owner, in TrieSlot root)
    {
        if (root.Kind != TrieSlotKind.Unknown)
        {
            return root;
        }

        if (root.Reference == Keccak256.OfEmptyRlpString)
        {
            return default;
        }

        NibblePath path = default;
        if (source.LoadBranch(owner, in path) is { } branch)
        {
            branch.Reference = root.Reference;
            return new TrieSlot(TrieSlotKind.Branch, branch, in root.Reference, isInline: false);
        }

        TrieLeaf leaf = source.LoadLeaf(owner, in path) ?? throw new StateCorruptException($"The trie with root {root.Reference} has no root node.");
        return TrieEncoding.SlotOf(leaf.At(path.Length));
    }

    /// <summary>The root of a trie of some leaves.</summary>
    /// <param name="leaves">Sorted by key.</param>
    public static Hash256 RootOf(List<TrieLeaf> leaves) =>
        leaves.Count == 0 ? Keccak256.OfEmptyRlpString : TrieEncoding.RootOf(BuildSorted(CollectionsMarshal.AsSpan(leaves), 0, null, null));

    private static ulong PrefixOf(in TrieItem item) =>
        System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(Hash256.AsSpan(in item.Key));

    private static TrieSlot SlotOf(TrieLeaf leaf, int depth, NodeHasher? hasher) =>
        hasher is null ? TrieEncoding.SlotOf(leaf.At(depth)) : NodeHasher.Defer(leaf.At(depth));

    /// <summary>Updates a trie, or a part that meets no other one below, with all references.</summary>
    private TrieSlot UpdateWhole(in TrieSlot old, in NibblePath path, ReadOnlySpan<TrieItem> items)
    {
        if (items.Length < DeferThreshold)
        {
            return Update(in old, in path, items, null);
        }

        NodeHasher hasher = NodeHasher.Rent();
        TrieSlot updated = Update(in old, in path, items, hasher);
        return hasher.Resolve(in updated);
    }

    private TrieSlot Update(in TrieSlot old, in NibblePath path, ReadOnlySpan<TrieItem> items, NodeHasher? hasher) => old.Kind switch
    {
        TrieSlotKind.Empty => Build(null, path.Length, items, hasher),
        TrieSlotKind.Leaf => UpdateLeaf(in old, in path, items, hasher),
        _ => UpdateBranch(in old, in path, items, hasher),
    };

    private TrieSlot UpdateLeaf(in TrieSlot old, in NibblePath path, ReadOnlySpan<TrieItem> items, NodeHasher? hasher)
    {
        TrieLeaf leaf = LoadLeaf(in old, in path);
        if (items.Length == 1 && items[0].Key == leaf.Key)
        {
            TrieLeaf? edited = editor.Edit(items[0].Index, in items[0].Key, leaf);
            return ReferenceEquals(edited, leaf) ? new TrieSlot(old.Kind, leaf, in old.Reference, old.IsInline)
                : edited is null ? default
                : SlotOf(edited, path.Length, hasher);
        }

        TrieSlot built = Build(leaf, path.Length, items, hasher);
        return ReferenceEquals(built.Node, leaf) ? new TrieSlot(old.Kind, leaf, in old.Reference, old.IsInline) : built;
    }

    /// <summary>Makes a trie of the leaves that the changes give, and of one that is there already.</summary>
    private TrieSlot Build(TrieLeaf? present, int depth, ReadOnlySpan<TrieItem> items, NodeHasher? hasher)
    {
        TrieLeaf[] leaves = ArrayPool<TrieLeaf>.Shared.Rent(items.Length + 1);
        int count = 0;
        foreach (ref readonly TrieItem item in items)
        {
            TrieLeaf? old = null;
            if (present is not null)
            {
                int order = present.Key.CompareTo(item.Key);
                if (order < 0)
                {
                    leaves[count++] = present;
                    present = null;
                }
                else if (order == 0)
                {
                    old = present;
                    present = null;
                }
            }

            if (editor.Edit(item.Index, in item.Key, old) is { } leaf)
            {
                leaves[count++] = leaf;
            }
        }

        if (present is not null)
        {
            leaves[count++] = present;
        }

        TrieSlot slot = count == 0 ? default : BuildSorted(leaves.AsSpan(0, count), depth, hasher, maker);
        leaves.AsSpan(0, count).Clear();
        ArrayPool<TrieLeaf>.Shared.Return(leaves);
        return slot;
    }

    private static TrieSlot BuildSorted(ReadOnlySpan<TrieLeaf> leaves, int depth, NodeHasher? hasher, object? maker)
    {
        if (leaves.Length == 1)
        {
            return SlotOf(leaves[0], depth, hasher);
        }

        ref readonly Hash256 key = ref leaves[0].Key;
        int split = NibblePath.SharedLength(in key, in leaves[^1].Key, depth);
        byte[] prefix = split == depth ? [] : new byte[split - depth];
        for (int i = 0; i < prefix.Length; i++)
        {
            prefix[i] = (byte)NibblePath.NibbleAt(in key, depth + i);
        }

        Slots children = default;
        for (int from = 0; from < leaves.Length;)
        {
            int nibble = NibblePath.NibbleAt(in leaves[from].Key, split);
            int to = from + 1;
            while (to < leaves.Length && NibblePath.NibbleAt(in leaves[to].Key, split) == nibble)
            {
                to++;
            }

            children[nibble] = BuildSorted(leaves[from..to], split + 1, hasher, maker);
            from = to;
        }

        return MakeBranch(prefix, ref children, hasher, maker);
    }

    private TrieSlot UpdateBranch(in TrieSlot old, in NibblePath path, ReadOnlySpan<TrieItem> items, NodeHasher? hasher)
    {
        TrieBranch branch = LoadBranch(in old, in path);
        TrieSlot loaded = new(old.Kind, branch, in old.Reference, old.IsInline);
        byte[] prefix = branch.Prefix;
        int split = prefix.Length == 0 ? 0 : SharedPrefix(prefix, path.Length, items);
        return split == prefix.Length
            ? UpdateChildren(in loaded, branch, in path, items, hasher)
            : UpdateSplit(in loaded, branch, split, in path, items, hasher);
    }

    private static int SharedPrefix(byte[] prefix, int depth, ReadOnlySpan<TrieItem> items)
    {
        // The keys are sorted: what the first and the last share with the prefix, all do.
        int shared = 0;
        while (shared < prefix.Length
            && NibblePath.NibbleAt(in items[0].Key, depth + shared) == prefix[shared]
            && NibblePath.NibbleAt(in items[^1].Key, depth + shared) == prefix[shared])
        {
            shared++;
        }

        return shared;
    }

    /// <summary>Some keys leave the way of the extension: it is cut there, so that the changes meet a branch. Where they add nothing, all comes back together.</summary>
    private TrieSlot UpdateSplit(in TrieSlot old, TrieBranch branch, int split, in NibblePath path, ReadOnlySpan<TrieItem> items, NodeHasher? hasher)
    {
        byte[] prefix = branch.Prefix;
        TrieBranch lower = branch.WithPrefix(prefix[(split + 1)..]);
        TrieSlot lowerSlot = TrieEncoding.SlotOf(lower);
        NibblePath at = path.Append(prefix.AsSpan(0, split));
        Slots children = default;
        for (int from = 0; from < items.Length;)
        {
            int nibble = NibblePath.NibbleAt(in items[from].Key, at.Length);
            int to = EndOfGroup(items, from, at.Length, nibble);
            TrieSlot child = nibble == prefix[split] ? lowerSlot : default;
            children[nibble] = Update(in child, at.Append(nibble), items[from..to], hasher);
            from = to;
        }

        bool lowerTouched = false;
        foreach (ref readonly TrieItem item in items)
        {
            lowerTouched |= NibblePath.NibbleAt(in item.Key, at.Length) == prefix[split];
        }

        if (!lowerTouched)
        {
            children[prefix[split]] = lowerSlot;
        }

        if (ReferenceEquals(children[prefix[split]].Node, lower) && CountOf(ref children) == 1)
        {
            // The lower part never was on disk, and nothing changed.
            return old;
        }

        return Assemble(prefix[..split], in path, ref children, hasher);
    }

    private TrieSlot UpdateChildren(in TrieSlot old, TrieBranch branch, in NibblePath path, ReadOnlySpan<TrieItem> items, NodeHasher? hasher)
    {
        NibblePath at = path.Append(branch.Prefix);
        Copy copy = new(branch, maker);
        for (int from = 0; from < items.Length;)
        {
            int nibble = NibblePath.NibbleAt(in items[from].Key, at.Length);
            int to = EndOfGroup(items, from, at.Length, nibble);
            TrieSlot before = branch.Child(nibble);
            TrieSlot after = Update(in before, at.Append(nibble), items[from..to], hasher);
            if (before.IsEmpty != after.IsEmpty)
            {
                return UpdateRest(in old, branch, ref copy, in path, items, from, in after, hasher);
            }

            if (!before.SameAs(in after))
            {
                copy.Set(nibble, in after);
            }
            else if (!before.IsEmpty)
            {
                Keep(branch, nibble, in before, in after);
            }

            from = to;
        }

        return copy.IsChanged ? SlotOf(ref copy, hasher) : old;
    }

    /// <summary>What is left to do once a branch gets another number of children.</summary>
    private TrieSlot UpdateRest(
        in TrieSlot old, TrieBranch branch, ref Copy copy, in NibblePath path, ReadOnlySpan<TrieItem> items, int from, in TrieSlot first, NodeHasher? hasher)
    {
        NibblePath at = path.Append(branch.Prefix);
        Slots children = default;
        for (int nibble = 0; nibble < 16; nibble++)
        {
            children[nibble] = copy.Child(nibble);
        }

        bool changed = copy.IsChanged;
        for (bool isFirst = true; from < items.Length; isFirst = false)
        {
            int nibble = NibblePath.NibbleAt(in items[from].Key, at.Length);
            int to = EndOfGroup(items, from, at.Length, nibble);
            TrieSlot before = children[nibble];
            TrieSlot after = isFirst ? first : Update(in before, at.Append(nibble), items[from..to], hasher);
            changed |= Take(branch, nibble, in before, in after, ref children);
            from = to;
        }

        return changed ? Assemble(branch.Prefix, in path, ref children, hasher) : old;
    }

    /// <summary>The slot of a branch whose children were replaced, none added and none gone.</summary>
    private static TrieSlot SlotOf(ref Copy copy, NodeHasher? hasher)
    {
        TrieBranch branch = copy.ToBranch();
        if (hasher is null)
        {
            return TrieEncoding.SlotOf(branch);
        }

        int height = 0;
        for (int nibble = 0; nibble < 16; nibble++)
        {
            if (copy.Heights[nibble] > 0)
            {
                TrieSlot child = copy.Child(nibble);
                hasher.Add(in child);
                height = Math.Max(height, child.Height);
            }
        }

        return NodeHasher.Defer(branch, height);
    }

    private TrieSlot UpdateInParallel(in TrieSlot root, ReadOnlyMemory<TrieItem> items)
    {
        TrieBranch branch = (TrieBranch)root.Node!;
        TrieSlot[] after = new TrieSlot[16];
        int[] ends = new int[17];
        for (int nibble = 0; nibble < 16; nibble++)
        {
            ends[nibble + 1] = EndOfGroup(items.Span, ends[nibble], 0, nibble);
        }

        Parallel.For(0, 16, nibble =>
        {
            ReadOnlySpan<TrieItem> group = items.Span[ends[nibble]..ends[nibble + 1]];
            TrieSlot before = branch.Child(nibble);
            after[nibble] = group.IsEmpty ? before : UpdateWhole(in before, default(NibblePath).Append(nibble), group);
        });
        Slots children = default;
        bool changed = false;
        for (int nibble = 0; nibble < 16; nibble++)
        {
            TrieSlot before = branch.Child(nibble);
            changed |= Take(branch, nibble, in before, in after[nibble], ref children);
        }

        return changed ? Assemble([], default, ref children, null) : root;
    }

    private static bool Take(TrieBranch branch, int nibble, in TrieSlot before, in TrieSlot after, ref Slots children)
    {
        children[nibble] = after;
        if (!before.SameAs(in after))
        {
            return true;
        }

        Keep(branch, nibble, in before, in after);
        return false;
    }

    private static void Keep(TrieBranch branch, int nibble, in TrieSlot before, in TrieSlot after)
    {
        if (before.Node is null && after.Node is not null)
        {
            // What was loaded to find that nothing changes is kept for the next time.
            branch.Nodes[branch.IndexOf(nibble)] = after.Node;
        }
    }

    private static int EndOfGroup(ReadOnlySpan<TrieItem> items, int from, int depth, int nibble)
    {
        while (from < items.Length && NibblePath.NibbleAt(in items[from].Key, depth) == nibble)
        {
            from++;
        }

        return from;
    }

    private static int CountOf(ref Slots children)
    {
        int count = 0;
        for (int nibble = 0; nibble < 16; nibble++)
        {
            count += children[nibble].IsEmpty ? 0 : 1;
        }

        return count;
    }

    /// <summary>Makes what is left of a branch whose children changed: a branch, or its last child moved up, or nothing.</summary>
    private TrieSlot Assemble(byte[] prefix, in NibblePath path, ref Slots children, NodeHasher? hasher)
    {
        int count = CountOf(ref children);
        if (count >= 2)
        {
            return MakeBranch(prefix, ref children, hasher, maker);
        }

        if (count == 0)
        {
            stale.AddBranch(owner, in path);
            return default;
        }

        int nibble = 0;
        while (children[nibble].IsEmpty)
        {
            nibble++;
        }

        TrieSlot last = children[nibble];
        NibblePath childPath = path.Append(prefix).Append(nibble);
        if (last.Kind == TrieSlotKind.Leaf)
        {
            stale.AddBranch(owner, in path);
            return SlotOf(LoadLeaf(in last, in childPath), path.Length, hasher);
        }

        TrieBranch child = LoadBranch(in last, in childPath);
        stale.AddBranch(owner, in childPath);
        TrieBranch merged = child.WithPrefix([.. prefix, (byte)nibble, .. child.Prefix]);
        return hasher is null ? TrieEncoding.SlotOf(merged) : NodeHasher.Defer(merged, Math.Max(0, last.Height - 1));
    }

    private static TrieSlot MakeBranch(byte[] prefix, ref Slots children, NodeHasher? hasher, object? maker)
    {
        int count = CountOf(ref children);
        Hash256[]? references = null;
        TrieNode?[] nodes = new TrieNode?[count];
        uint present = 0;
        uint leaves = 0;
        uint inlines = 0;
        for (int nibble = 0, index = 0; nibble < 16; nibble++)
        {
            ref readonly TrieSlot child = ref children[nibble];
            if (!child.IsEmpty)
            {
                uint bit = 1u << nibble;
                present |= bit;
                leaves |= child.Kind == TrieSlotKind.Leaf ? bit : 0;
                inlines |= child.IsInline ? bit : 0;
                if (child.Node is null)
                {
                    (references ??= new Hash256[count])[index] = child.Reference;
                }

                nodes[index++] = child.Node;
            }
        }

        TrieBranch branch = new(prefix, (ushort)present, (ushort)leaves, (ushort)inlines, references, nodes, maker);
        if (hasher is null)
        {
            return TrieEncoding.SlotOf(branch);
        }

        int height = 0;
        for (int nibble = 0; nibble < 16; nibble++)
        {
            ref readonly TrieSlot child = ref children[nibble];
            if (child.Height > 0)
            {
                hasher.Add(in child);
                height = Math.Max(height, child.Height);
            }
        }

        return NodeHasher.Defer(branch, height);
    }

    private TrieLeaf LoadLeaf(in TrieSlot slot, in NibblePath path)
    {
        if (slot.Node is not null)
        {
            return (TrieLeaf)slot.Node;
        }

        TrieLeaf leaf = (source.LoadLeaf(owner, in path) ?? throw Missing("leaf", in path)).At(path.Length);
        leaf.SetReference(in slot.Reference, slot.IsInline);
        return leaf;
    }

    private TrieBranch LoadBranch(in TrieSlot slot, in NibblePath path)
    {
        if (slot.Node is not null)
        {
            return (TrieBranch)slot.Node;
        }

        TrieBranch branch = source.LoadBranch(owner, in path) ?? throw Missing("branch", in path);
        branch.Reference = slot.Reference;
        branch.IsInline = slot.IsInline;
        return branch;
    }

    private StateCorruptException Missing(string kind, in NibblePath path) =>
        new($"The {kind} at {path.Bits} ({path.Length} nibbles) of {(owner is { } o ? $"the storage of {o}" : "the accounts")} is missing.");

    [InlineArray(16)]
    private struct Slots
    {
        private TrieSlot _first;
    }

    [InlineArray(16)]
    private struct Bytes
    {
        private byte _first;
    }

    /// <summary>A branch whose children are replaced one by one: their list is copied at the first, unless it is the maker's own.</summary>
    private struct Copy(TrieBranch original, object? maker)
    {
        private TrieNode?[]? _nodes;
        private ushort _leaves = original.Leaves;
        private ushort _inlines = original.Inlines;

        /// <summary>By nibble, the heights of the new children.</summary>
        public Bytes Heights;

        public readonly bool IsChanged => _nodes is not null;

        private readonly bool IsOwn => maker is not null && ReferenceEquals(original.Maker, maker);

        public void Set(int nibble, in TrieSlot child)
        {
            _nodes ??= IsOwn ? original.Nodes : original.Nodes.AsSpan().ToArray();
            ushort bit = (ushort)(1 << nibble);
            _nodes[original.IndexOf(nibble)] = child.Node;
            _leaves = (ushort)(child.Kind == TrieSlotKind.Leaf ? _leaves | bit : _leaves & ~bit);
            _inlines = (ushort)(child.IsInline ? _inlines | bit : _inlines & ~bit);
            Heights[nibble] = child.Height;
        }

        public readonly TrieSlot Child(int nibble)
        {
            if (!original.Has(nibble))
            {
                return default;
            }

            int index = original.IndexOf(nibble);
            uint bit = 1u << nibble;
            TrieNode? node = Volatile.Read(ref (_nodes ?? original.Nodes)[index]);
            return new TrieSlot(
                (_leaves & bit) != 0 ? TrieSlotKind.Leaf : TrieSlotKind.Branch,
                node,
                in node is null ? ref original.References![index] : ref node.Reference,
                (_inlines & bit) != 0,
                Heights[nibble]);
        }

        public readonly TrieBranch ToBranch()
        {
            if (!IsOwn)
            {
                return new TrieBranch(original.Prefix, original.Children, _leaves, _inlines, original.References, _nodes!, maker);
            }

            original.Leaves = _leaves;
            original.Inlines = _inlines;
            return original;
        }
    }
}
