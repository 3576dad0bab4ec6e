using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State;

/// <summary>Tells for most keys at once that no layer between a view and the disk has them, so that reads need not ask each layer.</summary>
internal sealed class LayerFilter
{
    private const int Bits = 1 << 18;

    private readonly ulong[] _words;

    public LayerFilter() => _words = new ulong[Bits / 64];

    public LayerFilter(LayerFilter parent) => _words = (ulong[])parent._words.Clone();

    // Hash codes are seeded for each process, so that nobody outside can make keys collide.
    public static ulong KeyOf(in Address address) => Mix((uint)address.GetHashCode());

    /// <summary>Key of everything that an account stores: set where all of it is cleared.</summary>
    public static ulong ClearedKeyOf(ulong addressKey) => Mix(addressKey ^ 0x9e3779b97f4a7c15);

    public static ulong KeyOf(ulong addressKey, in UInt256 slot) => Mix(addressKey + (uint)slot.GetHashCode() + 1);

    public void Add(ulong key)
    {
        uint first = (uint)key % Bits;
        uint second = (uint)(key >> 32) % Bits;
        _words[first >> 6] |= 1UL << (int)(first & 63);
        _words[second >> 6] |= 1UL << (int)(second & 63);
    }

    public bool MayContain(ulong key)
    {
        uint first = (uint)key % Bits;
        uint second = (uint)(key >> 32) % Bits;
        return (_words[first >> 6] & (1UL << (int)(first & 63))) != 0 && (_words[second >> 6] & (1UL << (int)(second & 63))) != 0;
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }
}
