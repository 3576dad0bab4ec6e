using System.Numerics;

namespace Cloud.Protocol.Tests.Crypto;

/// <summary>Keccak-256 step by step as FIPS 202 section 3 describes it: slow, and obviously right.</summary>
internal static class ReferenceKeccak
{
    public static byte[] Hash(ReadOnlySpan<byte> message)
    {
        const int Rate = 136;
        byte[] padded = new byte[((message.Length / Rate) + 1) * Rate];
        message.CopyTo(padded);
        padded[message.Length] ^= 0x01;
        padded[^1] ^= 0x80;
        ulong[] state = new ulong[25];
        for (int offset = 0; offset < padded.Length; offset += Rate)
        {
            for (int i = 0; i < Rate; i++)
            {
                state[i / 8] ^= (ulong)padded[offset + i] << (8 * (i % 8));
            }

            Permute(state);
        }

        byte[] digest = new byte[32];
        for (int i = 0; i < digest.Length; i++)
        {
            digest[i] = (byte)(state[i / 8] >> (8 * (i % 8)));
        }

        return digest;
    }

    public static void Permute(ulong[] a)
    {
        byte lfsr = 1;
        for (int round = 0; round < 24; round++)
        {
            // Theta.
            ulong[] parity = new ulong[5];
            for (int i = 0; i < 25; i++)
            {
                parity[i % 5] ^= a[i];
            }

            for (int i = 0; i < 25; i++)
            {
                a[i] ^= parity[(i + 4) % 5] ^ BitOperations.RotateLeft(parity[(i + 1) % 5], 1);
            }

            // Rho and pi: lane (x, y) goes to (y, 2x + 3y); the offsets are the triangular numbers along that walk.
            ulong[] b = new ulong[25];
            b[0] = a[0];
            (int x, int y) = (1, 0);
            for (int t = 0; t < 24; t++)
            {
                (int nextX, int nextY) = (y, ((2 * x) + (3 * y)) % 5);
                b[nextX + (5 * nextY)] = BitOperations.RotateLeft(a[x + (5 * y)], (t + 1) * (t + 2) / 2 % 64);
                (x, y) = (nextX, nextY);
            }

            // Chi.
            for (int i = 0; i < 25; i++)
            {
                int row = i - (i % 5);
                a[i] = b[i] ^ (~b[row + ((i + 1) % 5)] & b[row + ((i + 2) % 5)]);
            }

            // Iota, its constants from the shift register x^8 + x^6 + x^5 + x^4 + 1.
            for (int j = 0; j <= 6; j++)
            {
                if ((lfsr & 1) != 0)
                {
                    a[0] ^= 1UL << ((1 << j) - 1);
                }

                lfsr = (byte)((lfsr << 1) ^ ((lfsr & 0x80) != 0 ? 0x71 : 0));
            }
        }
    }
}
