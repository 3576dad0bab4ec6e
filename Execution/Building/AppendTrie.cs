using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Execution.Building;

/// <summary>The trie of a growing list, as <see cref="OrderedTrie"/> defines it, that computes only what the newest items change: a chunk's roots are wanted after every flashblock.</summary>
/// <typeparam name="T">Kind of the items.</typeparam>
/// <param name="write">Writes an item's value as it is, without a header.</param>
internal sealed class AppendTrie<T>(Action<T, RlpWriter> write)
{
    private const int MaxNibbles = 10;

    private readonly List<T> _items = [];
    private Node? _root;

    /// <summary>How many items there are.</summary>
    public int Count => _items.Count;

    /// <summary>Adds an item at the end.</summary>
    /// <param name="item">The item. It may be asked for its value more than once.</param>
    public void Append(T item)
    {
        _items.Add(item);
        _root = Insert(_root, new Key(_items.Count - 1), 0);
    }

    /// <summary>Root of the list.</summary>
    /// <returns>The root; <see cref="KnownHashes.EmptyTrieRoot"/> for an empty list.</returns>
    public Hash256 Root()
    {
        if (_root is null)
        {
            return KnownHashes.EmptyTrieRoot;
        }

        using RlpWriter writer = RlpWriter.Rent();
        Write(writer, _root, 0);
        Seal();
        return Keccak256.Hash(writer.WrittenSpan);
    }

    /// <summary>Lets go of what hangs below complete branches: items come in order, so that a branch aside of the next item's way never changes again.</summary>
    private void Seal()
    {
        Key next = new(_items.Count);
        Node? node = _root;
        for (int depth = 0; node is not Leaf and not null;)
        {
            if (node is Extension extension)
            {
                if (SharedDepth(extension.Path, next, depth) < extension.End)
                {
                    return;
                }

                depth = extension.End;
                node = extension.Child;
                continue;
            }

            Node?[] children = ((Branch)node).Children;
            int nibble = next[depth++];
            for (int i = 0; i < children.Length; i++)
            {
                if (i != nibble && children[i] is Branch complete)
                {
                    complete.Children = [];
                }
            }

            node = children[nibble];
        }
    }

    private static Node Insert(Node? node, Key key, int depth)
    {
        switch (node)
        {
            case null:
                return new Leaf(key);
            case Leaf leaf:
                return Split(leaf, leaf.Key, key, depth, SharedDepth(leaf.Key, key, depth));
            case Extension extension:
                int shared = SharedDepth(extension.Path, key, depth);
                if (shared < extension.End)
                {
                    Node below = extension.End - shared > 1 ? new Extension(extension.Path, extension.End, extension.Child) : extension.Child;
                    return Split(below, extension.Path, key, depth, shared);
                }

                extension.Child = Insert(extension.Child, key, extension.End);
                extension.Forget();
                return extension;
            default:
                Branch branch = (Branch)node;
                ref Node? child = ref branch.Children[key[depth]];
                child = Insert(child, key, depth + 1);
                branch.Forget();
                return branch;
        }
    }

    /// <summary>A branch where two paths part, behind what they share.</summary>
    private static Node Split(Node old, Key oldPath, Key key, int depth, int shared)
    {
        Branch branch = new();

        // A leaf's or an extension's own path begins later now.
        old.Forget();
        branch.Children[oldPath[shared]] = old;
        branch.Children[key[shared]] = new Leaf(key);
        return shared > depth ? new Extension(key, shared, branch) : branch;
    }

    private static int SharedDepth(Key left, Key right, int depth)
    {
        while (left[depth] == right[depth])
        {
            depth++;
        }

        return depth;
    }

    private static void WritePath(RlpWriter writer, Key key, int from, int to, bool isLeaf)
    {
        Span<byte> path = stackalloc byte[MaxNibbles];
        int odd = (to - from) & 1;
        int length = 1;
        path[0] = (byte)(((isLeaf ? 2 : 0) + odd) << 4);
        if (odd != 0)
        {
            path[0] |= (byte)key[from++];
        }

        for (; from < to; from += 2)
        {
            path[length++] = (byte)((key[from] << 4) | key[from + 1]);
        }

        writer.Write(path[..length]);
    }

    private void Write(RlpWriter writer, Node node, int depth)
    {
        int list = writer.BeginList();
        switch (node)
        {
            case Leaf leaf:
                WritePath(writer, leaf.Key, depth, leaf.Key.Length, isLeaf: true);
                using (RlpWriter value = RlpWriter.Rent())
                {
                    write(_items[leaf.Key.Index], value);
                    writer.Write(value.WrittenSpan);
                }

                break;
            case Extension extension:
                WritePath(writer, extension.Path, depth, extension.End, isLeaf: false);
                WriteReference(writer, extension.Child, extension.End);
                break;
            case Branch branch:
                foreach (Node? child in branch.Children)
                {
                    if (child is null)
                    {
                        writer.Write(ReadOnlySpan<byte>.Empty);
                    }
                    else
                    {
                        WriteReference(writer, child, depth + 1);
                    }
                }

                // No key begins with another one, so no branch has a value.
                writer.Write(ReadOnlySpan<byte>.Empty);
                break;
        }

        writer.EndList(list);
    }

    private void WriteReference(RlpWriter writer, Node node, int depth)
    {
        if (!node.TryWriteReference(writer))
        {
            int start = writer.Length;
            Write(writer, node, depth);
            node.SetReference(writer.WrittenFrom(start));
            writer.TruncateTo(start);
            node.TryWriteReference(writer);
        }
    }

    /// <summary>A place in the list, RLP-encoded, as nibbles.</summary>
    private readonly struct Key
    {
        private readonly ulong _nibbles;

        public Key(int index)
        {
            Index = index;
            if (index is > 0 and < 128)
            {
                _nibbles = (uint)index;
                Length = 2;
                return;
            }

            int bytes = 0;
            for (int rest = index; rest > 0; rest >>= 8)
            {
                bytes++;
            }

            _nibbles = ((0x80UL + (uint)bytes) << (8 * bytes)) | (uint)index;
            Length = 2 + (2 * bytes);
        }

        public int Index { get; }

        public int Length { get; }

        public int this[int nibble] => (int)(_nibbles >> (4 * (Length - 1 - nibble))) & 0xf;
    }

    private abstract class Node
    {
        // What the parent holds: a hash, or a short node itself, padded. Of no length until it is computed, and again where something below has changed.
        private Hash256 _reference;
        private byte _length;

        public void Forget() => _length = 0;

        public void SetReference(ReadOnlySpan<byte> encoded)
        {
            _length = (byte)Math.Min(encoded.Length, Hash256.Length);
            if (encoded.Length >= Hash256.Length)
            {
                _reference = Keccak256.Hash(encoded);
                return;
            }

            Span<byte> padded = stackalloc byte[Hash256.Length];
            encoded.CopyTo(padded);
            _reference = new Hash256(padded);
        }

        public bool TryWriteReference(RlpWriter writer)
        {
            if (_length == Hash256.Length)
            {
                writer.Write(in _reference);
            }
            else
            {
                writer.WriteRaw(Hash256.AsSpan(in _reference)[.._length]);
            }

            return _length > 0;
        }
    }

    private sealed class Leaf(Key key) : Node
    {
        public Key Key { get; } = key;
    }

    private sealed class Extension(Key path, int end, Node child) : Node
    {
        /// <summary>Any key below: all share it up to <see cref="End"/>.</summary>
        public Key Path { get; } = path;

        public int End { get; } = end;

        public Node Child { get; set; } = child;
    }

    private sealed class Branch : Node
    {
        /// <summary>None once the branch is complete and its reference known.</summary>
        public Node?[] Children { get; set; } = new Node?[16];
    }
}
