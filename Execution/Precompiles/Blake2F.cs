using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cloud.Execution.Precompiles;

/// <summary>0x09: the compression function of BLAKE2b with a number of rounds (EIP-152, RFC 7693 section 3.2).</summary>
internal sealed class Blake2F : Precompile
{
    private const int InputLength = 213;
    private const int StateLength = 64;
    private const int Schedules = 10;

    // Which word of the message each half step of a round takes, for the four columns at once and then the four diagonals.
    private static ReadOnlySpan<byte> Sigma =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
        11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4,
        7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
        9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13,
        2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
        12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11,
        13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
        6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5,
        10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
    ];

    public override string Name => "BLAKE2F";

    public override long Gas(ReadOnlySpan<byte> input) => input.Length == InputLength ? BinaryPrimitives.ReadUInt32BigEndian(input) : 0;

    public override int OutputRoom(ReadOnlySpan<byte> input) => StateLength;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override bool TryRun(ReadOnlySpan<byte> input, Span<byte> output, out int written)
    {
        written = StateLength;
        if (input.Length != InputLength || input[^1] > 1)
        {
            return false;
        }

        uint rounds = BinaryPrimitives.ReadUInt32BigEndian(input);
        Vector256<ulong> low = Vector256.Create(Word(input, 4), Word(input, 12), Word(input, 20), Word(input, 28));
        Vector256<ulong> high = Vector256.Create(Word(input, 36), Word(input, 44), Word(input, 52), Word(input, 60));
        Vector256<ulong> a = low;
        Vector256<ulong> b = high;
        Vector256<ulong> c = Vector256.Create(0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1);
        Vector256<ulong> d = Vector256.Create(
            0x510e527fade682d1 ^ Word(input, 196), 0x9b05688c2b3e6c1f ^ Word(input, 204), 0x1f83d9abfb41bd6b ^ (input[^1] == 0 ? 0 : ulong.MaxValue), 0x5be0cd19137e2179);

        // The message's ten orders are laid out once; every round then takes four vectors.
        int orders = (int)Math.Min(rounds, Schedules);
        Span<Vector256<ulong>> message = stackalloc Vector256<ulong>[4 * Schedules];
        for (int i = 0; i < orders; i++)
        {
            ReadOnlySpan<byte> sigma = Sigma.Slice(16 * i, 16);
            for (int half = 0; half < 4; half++)
            {
                int first = (half >> 1 << 3) + (half & 1);
                message[(4 * i) + half] = Vector256.Create(
                    Word(input, 68 + (8 * sigma[first])), Word(input, 68 + (8 * sigma[first + 2])),
                    Word(input, 68 + (8 * sigma[first + 4])), Word(input, 68 + (8 * sigma[first + 6])));
            }
        }

        int order = 0;
        for (uint round = 0; round < rounds; round++)
        {
            a = a + message[order] + b;
            d = RotateRight(d ^ a, 32);
            c += d;
            b = RotateRight(b ^ c, 24);
            a = a + message[order + 1] + b;
            d = RotateRight(d ^ a, 16);
            c += d;
            b = RotateRight(b ^ c, 63);

            b = Vector256.Shuffle(b, Vector256.Create(1UL, 2, 3, 0));
            c = Vector256.Shuffle(c, Vector256.Create(2UL, 3, 0, 1));
            d = Vector256.Shuffle(d, Vector256.Create(3UL, 0, 1, 2));

            a = a + message[order + 2] + b;
            d = RotateRight(d ^ a, 32);
            c += d;
            b = RotateRight(b ^ c, 24);
            a = a + message[order + 3] + b;
            d = RotateRight(d ^ a, 16);
            c += d;
            b = RotateRight(b ^ c, 63);

            b = Vector256.Shuffle(b, Vector256.Create(3UL, 0, 1, 2));
            c = Vector256.Shuffle(c, Vector256.Create(2UL, 3, 0, 1));
            d = Vector256.Shuffle(d, Vector256.Create(1UL, 2, 3, 0));

            order = order == 4 * (Schedules - 1) ? 0 : order + 4;
        }

        low ^= a ^ c;
        high ^= b ^ d;
        for (int i = 0; i < 4; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(output[(8 * i)..], low[i]);
            BinaryPrimitives.WriteUInt64LittleEndian(output[(32 + (8 * i))..], high[i]);
        }

        return true;
    }

    private static ulong Word(ReadOnlySpan<byte> input, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(input[offset..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> RotateRight(Vector256<ulong> value, [ConstantExpected] byte bits) =>
        Avx512F.VL.IsSupported ? Avx512F.VL.RotateRight(value, bits) : (value >> bits) | (value << (64 - bits));
}
