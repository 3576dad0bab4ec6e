using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Evm;

/// <summary>Words to and from memory and addresses.</summary>
internal static unsafe class Words
{
    /// <summary>Reads 32 bytes, most significant first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt256 Load(byte* source) => new(
        BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ulong>(source + 24)),
        BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ulong>(source + 16)),
        BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ulong>(source + 8)),
        BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ulong>(source)));

    /// <summary>Writes 32 bytes, most significant first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(byte* destination, in UInt256 value)
    {
        Unsafe.WriteUnaligned(destination + 24, BinaryPrimitives.ReverseEndianness(value.U0));
        Unsafe.WriteUnaligned(destination + 16, BinaryPrimitives.ReverseEndianness(value.U1));
        Unsafe.WriteUnaligned(destination + 8, BinaryPrimitives.ReverseEndianness(value.U2));
        Unsafe.WriteUnaligned(destination, BinaryPrimitives.ReverseEndianness(value.U3));
    }

    /// <summary>Copies a word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(UInt256* source, UInt256* destination)
    {
        ulong* from = (ulong*)source;
        ulong* to = (ulong*)destination;
        ulong a0 = from[0];
        ulong a1 = from[1];
        ulong a2 = from[2];
        ulong a3 = from[3];
        to[0] = a0;
        to[1] = a1;
        to[2] = a2;
        to[3] = a3;
    }

    /// <summary>Exchanges two words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Swap(UInt256* first, UInt256* second)
    {
        ulong* x = (ulong*)first;
        ulong* y = (ulong*)second;
        (x[0], y[0]) = (y[0], x[0]);
        (x[1], y[1]) = (y[1], x[1]);
        (x[2], y[2]) = (y[2], x[2]);
        (x[3], y[3]) = (y[3], x[3]);
    }

    /// <summary>The low 160 bits.</summary>
    public static Address ToAddress(in UInt256 word)
    {
        Address address;
        byte* bytes = (byte*)&address;
        Unsafe.WriteUnaligned(bytes, BinaryPrimitives.ReverseEndianness((uint)word.U2));
        Unsafe.WriteUnaligned(bytes + 4, BinaryPrimitives.ReverseEndianness(word.U1));
        Unsafe.WriteUnaligned(bytes + 12, BinaryPrimitives.ReverseEndianness(word.U0));
        return address;
    }

    /// <summary>An address as the stack holds it.</summary>
    public static UInt256 Of(in Address address)
    {
        fixed (Address* pointer = &address)
        {
            byte* bytes = (byte*)pointer;
            return new UInt256(
                BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ulong>(bytes + 12)),
                BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ulong>(bytes + 4)),
                BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<uint>(bytes)));
        }
    }

    /// <summary>A hash as the stack holds it.</summary>
    public static UInt256 Of(in Hash256 hash) => UInt256.FromBigEndian(Hash256.AsSpan(in hash));

    /// <summary>A word as the bytes of a hash.</summary>
    public static Hash256 ToHash(in UInt256 word)
    {
        Hash256 hash;
        Store((byte*)&hash, word);
        return hash;
    }
}
