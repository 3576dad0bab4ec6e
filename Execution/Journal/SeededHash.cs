using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Journal;

/// <summary>Hashes of table keys. Seeded for each process, since whoever sends transactions chooses the keys. No order ever depends on them.</summary>
internal static class SeededHash
{
    private static readonly ulong Seed0 = NewSeed();
    private static readonly ulong Seed1 = NewSeed();
    private static readonly ulong Seed2 = NewSeed();
    private static readonly ulong Seed3 = NewSeed();

    /// <summary>Hashes a storage key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Of(in UInt256 key) => (uint)Mix(Mix(key.U0 ^ Seed0, key.U1 ^ Seed1) ^ Seed2, Mix(key.U2 ^ Seed1, key.U3 ^ Seed3) ^ Seed0);

    /// <summary>Hashes an address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Of(in Address address)
    {
        ref byte bytes = ref MemoryMarshal.GetReference(Address.AsSpan(in address));
        ulong low = Unsafe.ReadUnaligned<ulong>(ref bytes);
        ulong middle = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref bytes, 8));
        uint high = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref bytes, 16));
        return (uint)Mix(Mix(low ^ Seed0, middle ^ Seed1) ^ Seed3, high ^ Seed2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Mix(ulong left, ulong right)
    {
        ulong high = Limbs.Multiply(left, right, out ulong low);
        return high ^ low;
    }

    private static ulong NewSeed()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return MemoryMarshal.Read<ulong>(bytes) | 1;
    }
}
