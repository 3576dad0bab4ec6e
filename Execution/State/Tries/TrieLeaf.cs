using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State.Tries;

/// <summary>A key with its value.</summary>
/// <param name="key">The whole key, the part above the leaf included.</param>
internal abstract class TrieLeaf(in Hash256 key) : TrieNode
{
    public readonly Hash256 Key = key;

    /// <summary>Length of the value's RLP in bytes.</summary>
    public abstract int ValueLength { get; }

    /// <summary>Where the leaf hangs: its reference is of this depth.</summary>
    public byte Depth { get; private set; }

    /// <summary>Whether the reference is known.</summary>
    public bool IsReferenced { get; private set; }

    /// <summary>Writes the value's RLP.</summary>
    /// <param name="destination">At least <see cref="ValueLength"/> bytes.</param>
    public abstract void WriteValue(Span<byte> destination);

    /// <summary>This leaf to hang at a depth: itself, or a copy where it hangs at another one already, in a trie that stays as it is.</summary>
    public TrieLeaf At(int depth)
    {
        if (IsReferenced && Depth == depth)
        {
            return this;
        }

        TrieLeaf leaf = IsReferenced ? (TrieLeaf)MemberwiseClone() : this;
        leaf.IsReferenced = false;
        leaf.Depth = (byte)depth;
        return leaf;
    }

    /// <summary>Takes the reference for the depth at which the leaf hangs.</summary>
    public void SetReference(in Hash256 reference, bool isInline)
    {
        Reference = reference;
        IsInline = isInline;
        IsReferenced = true;
    }
}
