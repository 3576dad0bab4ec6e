using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Crypto;

/// <summary>Keccak-256 of a message that comes in parts. The default value is ready for use, lives on the stack, and allocates nothing.</summary>
/// <remarks>Pass it by reference: a copy goes its own way.</remarks>
public ref struct Keccak256Hasher
{
    private State _state;
    private int _position;

    /// <summary>Adds the next part of the message.</summary>
    /// <param name="part">Any length.</param>
    public void Append(scoped ReadOnlySpan<byte> part)
    {
        ref ulong lanes = ref Unsafe.As<State, ulong>(ref _state);
        int position = _position;
        if (position != 0)
        {
            int room = Keccak256.Rate - position;
            if (part.Length < room)
            {
                Absorb(part);
                return;
            }

            Absorb(part[..room]);
            KeccakF1600.Permute(ref lanes);
            _position = 0;
            part = part[room..];
        }

        while (part.Length >= Keccak256.Rate)
        {
            ref byte source = ref MemoryMarshal.GetReference(part);
            for (int i = 0; i < Keccak256.Rate / 8; i++)
            {
                Unsafe.Add(ref lanes, i) ^= LittleEndian(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref source, i * 8)));
            }

            KeccakF1600.Permute(ref lanes);
            part = part[Keccak256.Rate..];
        }

        if (!part.IsEmpty)
        {
            Absorb(part);
        }
    }

    /// <summary>Ends the message and writes its digest. The hasher is then ready for another message.</summary>
    /// <param name="destination">At least 32 bytes; the first 32 are written.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public void Finish(scoped Span<byte> destination)
    {
        if (destination.Length < Keccak256.DigestLength)
        {
            throw new ArgumentException($"A digest needs {Keccak256.DigestLength} bytes, got {destination.Length}.", nameof(destination));
        }

        ref ulong lanes = ref Unsafe.As<State, ulong>(ref _state);
        Unsafe.Add(ref lanes, _position >> 3) ^= 1UL << ((_position & 7) * 8);
        Unsafe.Add(ref lanes, (Keccak256.Rate / 8) - 1) ^= 0x8000000000000000;
        KeccakF1600.Permute(ref lanes);
        for (int i = 0; i < Keccak256.DigestLength / 8; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(destination[(i * 8)..], Unsafe.Add(ref lanes, i));
        }

        this = default;
    }

    /// <summary>Ends the message and returns its digest. The hasher is then ready for another message.</summary>
    /// <returns>The digest.</returns>
    public Hash256 Finish()
    {
        Span<byte> digest = stackalloc byte[Keccak256.DigestLength];
        Finish(digest);
        return new Hash256(digest);
    }

    private static ulong LittleEndian(ulong value) => BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);

    // Less than what is left of the block, or exactly that; does not permute.
    private void Absorb(scoped ReadOnlySpan<byte> part)
    {
        ref ulong lanes = ref Unsafe.As<State, ulong>(ref _state);
        int position = _position;
        int end = position + part.Length;
        ref byte source = ref MemoryMarshal.GetReference(part);

        // Bytes up to a lane's start, whole lanes, the rest.
        while (position < end && (position & 7) != 0)
        {
            Unsafe.Add(ref lanes, position >> 3) ^= (ulong)source << ((position & 7) * 8);
            source = ref Unsafe.Add(ref source, 1);
            position++;
        }

        while (end - position >= 8)
        {
            Unsafe.Add(ref lanes, position >> 3) ^= LittleEndian(Unsafe.ReadUnaligned<ulong>(ref source));
            source = ref Unsafe.Add(ref source, 8);
            position += 8;
        }

        while (position < end)
        {
            Unsafe.Add(ref lanes, position >> 3) ^= (ulong)source << ((position & 7) * 8);
            source = ref Unsafe.Add(ref source, 1);
            position++;
        }

        _position = position;
    }

    [InlineArray(KeccakF1600.Lanes)]
    private struct State
    {
        private ulong _lane;
    }
}
