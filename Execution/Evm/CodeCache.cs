using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Evm;

/// <summary>Compiled code by its hash: the least recently used goes when a bound in bytes is passed. Safe for use by several threads.</summary>
public sealed class CodeCache
{
    /// <summary>Default bound: 256 MiB.</summary>
    public const long DefaultMaxBytes = 256L << 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<Key, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = new();
    private readonly long _maxBytes;
    private long _bytes;

    /// <summary>An empty cache.</summary>
    /// <param name="maxBytes">How much native memory the cached code may take, in bytes; at least 1.</param>
    public CodeCache(long maxBytes = DefaultMaxBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, 1);
        _maxBytes = maxBytes;
    }

    /// <summary>The cache of this process: what code compiles to depends on nothing else.</summary>
    public static CodeCache Shared { get; } = new();

    /// <summary>How much native memory the cached code takes, in bytes.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _bytes;
            }
        }
    }

    internal CompiledCode Get(in Hash256 codeHash, ReadOnlySpan<byte> code, OpcodeTable opcodes, bool stepwise)
    {
        Key key = new(codeHash, opcodes, stepwise);
        lock (_gate)
        {
            if (_entries.TryGetValue(key, out LinkedListNode<Entry>? found))
            {
                _byUse.Remove(found);
                _byUse.AddFirst(found);
                return found.Value.Code;
            }
        }

        CompiledCode compiled = CodeCompiler.Compile(code, opcodes, stepwise);
        lock (_gate)
        {
            if (_entries.TryGetValue(key, out LinkedListNode<Entry>? other))
            {
                compiled.Dispose();
                return other.Value.Code;
            }

            _entries.Add(key, _byUse.AddFirst(new Entry(key, compiled)));
            _bytes += compiled.Size;
            while (_bytes > _maxBytes && _byUse.Last is { } oldest && oldest != _byUse.First)
            {
                // Somebody may be running it: its memory goes when nobody refers to it any more.
                _byUse.RemoveLast();
                _entries.Remove(oldest.Value.Key);
                _bytes -= oldest.Value.Code.Size;
            }
        }

        return compiled;
    }

    private readonly record struct Key(Hash256 CodeHash, OpcodeTable Opcodes, bool Stepwise);

    private sealed record Entry(Key Key, CompiledCode Code);
}
