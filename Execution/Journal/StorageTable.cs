using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Journal;

/// <summary>Slots of one account by key: open addressing over a dense array, so that a slot keeps its index.</summary>
internal sealed class StorageTable
{
    private const int InitialCapacity = 8;

    // A table that grew beyond this is dropped instead of kept for the next use.
    private const int MaxKept = 4096;

    // Most accounts have no slot: all of those share this one bucket, which stays empty.
    private static readonly int[] NoBuckets = [0];

    private int[] _buckets = NoBuckets;
    private StorageSlot[] _slots = [];
    private int _count;

    public int Count => _count;

    public Span<StorageSlot> Slots => _slots.AsSpan(0, _count);

    public ref StorageSlot this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _slots[index];
    }

    /// <summary>Looks a slot up.</summary>
    /// <param name="key">Which slot.</param>
    /// <returns>Its index, or -1.</returns>
    public int Find(in UInt256 key)
    {
        ref int buckets = ref MemoryMarshal.GetArrayDataReference(_buckets);
        ref StorageSlot slots = ref MemoryMarshal.GetArrayDataReference(_slots);
        uint mask = (uint)_buckets.Length - 1;
        uint bucket = SeededHash.Of(key) & mask;
        while (true)
        {
            int index = Unsafe.Add(ref buckets, bucket) - 1;
            if (index < 0 || Unsafe.Add(ref slots, index).Key.Equals(key))
            {
                return index;
            }

            bucket = (bucket + 1) & mask;
        }
    }

    /// <summary>Adds a slot that the table does not have.</summary>
    /// <param name="key">Which slot.</param>
    /// <param name="value">Its value.</param>
    /// <returns>Its index.</returns>
    public int Add(in UInt256 key, in UInt256 value)
    {
        if (_count == _slots.Length)
        {
            Grow();
        }

        int index = _count++;
        ref StorageSlot slot = ref _slots[index];
        slot = default;
        slot.Key = key;
        slot.Current = slot.Taken = value;
        Link(index);
        return index;
    }

    public void Clear()
    {
        if (_slots.Length > MaxKept)
        {
            _slots = [];
            _buckets = NoBuckets;
        }
        else if (_count > 0)
        {
            Array.Clear(_buckets);
        }

        _count = 0;
    }

    private void Link(int index)
    {
        uint mask = (uint)_buckets.Length - 1;
        uint bucket = SeededHash.Of(_slots[index].Key) & mask;
        while (_buckets[bucket] != 0)
        {
            bucket = (bucket + 1) & mask;
        }

        _buckets[bucket] = index + 1;
    }

    private void Grow()
    {
        Array.Resize(ref _slots, Math.Max(InitialCapacity, _slots.Length * 2));
        _buckets = new int[_slots.Length * 2];
        for (int i = 0; i < _count; i++)
        {
            Link(i);
        }
    }
}
