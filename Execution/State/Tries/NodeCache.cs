namespace Cloud.Execution.State.Tries;

/// <summary>Keeps the number of nodes in memory bounded: the upper levels of a trie stay, the lower ones are read from disk again.</summary>
internal static class NodeCache
{
    /// <summary>Cuts off the nodes below the deepest level that fits. The disk must have the whole trie.</summary>
    /// <param name="root">Root of the trie.</param>
    /// <param name="maxNodes">How many nodes may stay.</param>
    public static void Trim(TrieNode? root, int maxNodes)
    {
        int[] counts = new int[(2 * NibblePath.MaxLength) + 2];
        Count(root, 0, counts);
        int kept = 0;
        int depth = 0;
        while (depth < counts.Length && kept + counts[depth] <= maxNodes)
        {
            kept += counts[depth++];
        }

        if (depth < counts.Length)
        {
            Cut(root, 0, Math.Max(depth, 1));
        }
    }

    private static void Count(TrieNode? node, int depth, int[] counts)
    {
        if (node is null)
        {
            return;
        }

        counts[depth]++;
        if (node is AccountLeaf leaf)
        {
            Count(leaf.Contract?.Storage, depth + 1, counts);
        }
        else if (node is TrieBranch branch)
        {
            foreach (TrieNode? child in branch.Nodes)
            {
                Count(child, depth + 1, counts);
            }
        }
    }

    private static void Cut(TrieNode? node, int depth, int keep)
    {
        if (node is AccountLeaf { Contract: { } contract })
        {
            if (depth + 1 >= keep)
            {
                contract.Storage = null;
            }
            else
            {
                Cut(contract.Storage, depth + 1, keep);
            }
        }
        else if (node is TrieBranch branch)
        {
            if (depth + 1 >= keep)
            {
                branch.ForgetNodes();
                return;
            }

            foreach (TrieNode? child in branch.Nodes)
            {
                Cut(child, depth + 1, keep);
            }
        }
    }
}
