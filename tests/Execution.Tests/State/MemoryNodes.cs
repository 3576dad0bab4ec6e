using Cloud.Execution.State.Tries;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Tests.State;

/// <summary>A trie's records in memory, kept as the disk keeps them: branches by place, leaves by key.</summary>
internal sealed class MemoryNodes : INodeSource
{
    private readonly Dictionary<string, byte[]> _branches = [];
    private readonly SortedDictionary<Hash256, byte[]> _leaves = [];

    public TrieBranch? LoadBranch(Hash256? owner, in NibblePath path) => _branches.TryGetValue(Name(in path), out byte[]? record) ? BranchRecord.Read(record) : null;

    public TrieLeaf? LoadLeaf(Hash256? owner, in NibblePath path)
    {
        foreach (KeyValuePair<Hash256, byte[]> leaf in _leaves)
        {
            Hash256 key = leaf.Key;
            if (path.IsPrefixOf(Hash256.AsSpan(in key)))
            {
                return new ValueLeaf(in key, leaf.Value);
            }
        }

        return null;
    }

    /// <summary>Does what a flatten does, and checks that the branches stored are those of the trie and no others.</summary>
    public void Flatten(in TrieSlot root, StaleNodes stale, SortedDictionary<Hash256, byte[]> leaves)
    {
        _leaves.Clear();
        foreach (KeyValuePair<Hash256, byte[]> leaf in leaves)
        {
            _leaves.Add(leaf.Key, leaf.Value);
        }

        foreach ((_, NibblePath path) in stale.Branches)
        {
            _branches.Remove(Name(in path));
        }

        Write(root.Node, default);
        HashSet<string> reachable = [];
        Collect(in root, default, reachable);
        Assert.Equal(reachable.Order(StringComparer.Ordinal), _branches.Keys.Order(StringComparer.Ordinal));
    }

    private static string Name(in NibblePath path)
    {
        Span<byte> key = stackalloc byte[40];
        return Convert.ToHexString(key[..path.WriteKey(key)]);
    }

    private void Write(TrieNode? node, NibblePath path)
    {
        if (node is TrieBranch { Persisted: false } branch)
        {
            byte[] record = new byte[BranchRecord.LengthOf(branch)];
            BranchRecord.Write(branch, record);
            _branches[Name(in path)] = record;
            branch.Persisted = true;
            for (int nibble = 0; nibble < 16; nibble++)
            {
                if (branch.Has(nibble))
                {
                    Write(branch.Nodes[branch.IndexOf(nibble)], path.Append(branch.Prefix).Append(nibble));
                }
            }
        }
    }

    private void Collect(in TrieSlot slot, NibblePath path, HashSet<string> reachable)
    {
        if (slot.Kind == TrieSlotKind.Branch)
        {
            reachable.Add(Name(in path));
            TrieBranch branch = (TrieBranch?)slot.Node ?? LoadBranch(null, in path)!;
            for (int nibble = 0; nibble < 16; nibble++)
            {
                TrieSlot child = branch.Child(nibble);
                Collect(in child, child.IsEmpty ? default : path.Append(branch.Prefix).Append(nibble), reachable);
            }
        }
    }
}
