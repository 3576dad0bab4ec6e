using System.Buffers.Binary;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Committees;

/// <summary>Draws positions of a validator set without repeating one: the first k steps of a Fisher-Yates shuffle, driven by Keccak-256.</summary>
/// <remarks>
/// Step i, from 0, swaps position i with position i + (uint256(keccak256(abi.encode(bytes32 seed, uint256 i))) mod (n - i)). The contract needs one hash a
/// step and remembers only swapped positions, so its cost grows with k and not with n. The modulo bias is below n / 2^256.
/// </remarks>
public static class CommitteeSampler
{
    /// <summary>Draws positions.</summary>
    /// <param name="setSize">n, the size of the validator set.</param>
    /// <param name="count">k, from 0 to n.</param>
    /// <param name="seed">The epoch's seed.</param>
    /// <returns>k different numbers from 0 to n - 1, in the order drawn.</returns>
    public static int[] Sample(int setSize, int count, in Hash256 seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(setSize);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, setSize);
        int[] drawn = new int[count];
        Dictionary<int, int> moved = new(count);
        for (int i = 0; i < count; i++)
        {
            int j = i + (int)Remainder(Draw(seed, (ulong)i), (ulong)(setSize - i));
            drawn[i] = moved.GetValueOrDefault(j, j);
            moved[j] = moved.GetValueOrDefault(i, i);
        }

        return drawn;
    }

    /// <summary>uint256(value) mod divisor, as Solidity computes it from a hash.</summary>
    internal static ulong Remainder(in Hash256 value, ulong divisor)
    {
        ReadOnlySpan<byte> bytes = Hash256.AsSpan(in value);
        UInt128 remainder = 0;
        for (int i = 0; i < Hash256.Length; i += sizeof(ulong))
        {
            remainder = ((remainder << 64) | BinaryPrimitives.ReadUInt64BigEndian(bytes[i..])) % divisor;
        }

        return (ulong)remainder;
    }

    private static Hash256 Draw(in Hash256 seed, ulong step)
    {
        Span<byte> message = stackalloc byte[64];
        message.Clear();
        seed.CopyTo(message);
        BinaryPrimitives.WriteUInt64BigEndian(message[56..], step);
        return Keccak256.Hash(message);
    }
}
