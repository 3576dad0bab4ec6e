using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Cloud.Settlement.Keys;

/// <summary>The key derivation function scrypt (RFC 7914). The framework does not have it.</summary>
internal static class Scrypt
{
    private const int BlockWords = 16;

    /// <summary>Derives a key.</summary>
    /// <param name="password">The password.</param>
    /// <param name="salt">The salt.</param>
    /// <param name="n">CPU and memory cost: a power of two above 1.</param>
    /// <param name="r">Block size; memory is 128 * n * r bytes.</param>
    /// <param name="p">How often in a row.</param>
    /// <param name="length">Bytes to derive.</param>
    public static byte[] Derive(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int n, int r, int p, int length)
    {
        byte[] blocks = Rfc2898DeriveBytes.Pbkdf2(password, salt, 1, HashAlgorithmName.SHA256, p * 128 * r);
        uint[] table = new uint[(long)n * 32 * r];
        uint[] state = new uint[32 * r];
        uint[] mixed = new uint[32 * r];
        for (int i = 0; i < p; i++)
        {
            Span<byte> block = blocks.AsSpan(i * 128 * r, 128 * r);
            Load(block, state);
            Mix(ref state, ref mixed, table, n);
            Store(state, block);
        }

        return Rfc2898DeriveBytes.Pbkdf2(password, blocks, 1, HashAlgorithmName.SHA256, length);
    }

    private static void Mix(ref uint[] state, ref uint[] mixed, uint[] table, int n)
    {
        int words = state.Length;
        for (int i = 0; i < n; i++)
        {
            state.CopyTo(table.AsSpan(i * words, words));
            BlockMix(state, mixed);
            (state, mixed) = (mixed, state);
        }

        for (int i = 0; i < n; i++)
        {
            int j = (int)(state[words - BlockWords] & (uint)(n - 1));
            Span<Vector<uint>> left = MemoryMarshal.Cast<uint, Vector<uint>>(state.AsSpan());
            Span<Vector<uint>> right = MemoryMarshal.Cast<uint, Vector<uint>>(table.AsSpan(j * words, words));
            for (int k = 0; k < left.Length; k++)
            {
                left[k] ^= right[k];
            }

            BlockMix(state, mixed);
            (state, mixed) = (mixed, state);
        }
    }

    private static void BlockMix(ReadOnlySpan<uint> input, Span<uint> output)
    {
        Span<uint> x = stackalloc uint[BlockWords];
        input[^BlockWords..].CopyTo(x);
        int blocks = input.Length / BlockWords;
        for (int i = 0; i < blocks; i++)
        {
            for (int k = 0; k < BlockWords; k++)
            {
                x[k] ^= input[(i * BlockWords) + k];
            }

            Salsa8(x);
            x.CopyTo(output[(((i / 2) + ((i & 1) * (blocks / 2))) * BlockWords)..]);
        }
    }

    private static void Salsa8(Span<uint> block)
    {
        Span<uint> x = stackalloc uint[BlockWords];
        block.CopyTo(x);
        for (int round = 0; round < 4; round++)
        {
            Quarter(x, 0, 4, 8, 12);
            Quarter(x, 5, 9, 13, 1);
            Quarter(x, 10, 14, 2, 6);
            Quarter(x, 15, 3, 7, 11);
            Quarter(x, 0, 1, 2, 3);
            Quarter(x, 5, 6, 7, 4);
            Quarter(x, 10, 11, 8, 9);
            Quarter(x, 15, 12, 13, 14);
        }

        for (int i = 0; i < BlockWords; i++)
        {
            block[i] += x[i];
        }
    }

    private static void Quarter(Span<uint> x, int a, int b, int c, int d)
    {
        x[b] ^= BitOperations.RotateLeft(x[a] + x[d], 7);
        x[c] ^= BitOperations.RotateLeft(x[b] + x[a], 9);
        x[d] ^= BitOperations.RotateLeft(x[c] + x[b], 13);
        x[a] ^= BitOperations.RotateLeft(x[d] + x[c], 18);
    }

    private static void Load(ReadOnlySpan<byte> bytes, Span<uint> words)
    {
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 * i)..]);
        }
    }

    private static void Store(ReadOnlySpan<uint> words, Span<byte> bytes)
    {
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[(4 * i)..], words[i]);
        }
    }
}
