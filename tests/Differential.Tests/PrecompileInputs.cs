using System.Numerics;
using Cloud.Execution.Evm;
using Cloud.Execution.Precompiles;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Differential.Tests;

/// <summary>Inputs for the precompiled contracts: mostly valid, so that more than their refusals is compared.</summary>
internal sealed class PrecompileInputs(Random random)
{
    private static readonly BigInteger Bn254Field = BigInteger.Parse("21888242871839275222246405745257275088696311157297823662689037894645226208583");

    // Generator of G2: imaginary part first.
    private static readonly byte[] Bn254G2 = Convert.FromHexString(
        "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c21800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"
        + "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa");

    private readonly PrecompileTable _table = PrecompileTable.Of(ForkRules.Osaka);

    /// <summary>A number of a contract and an input.</summary>
    public (int Number, byte[] Input) Next()
    {
        int number = random.Next(18);
        byte[] input = number switch
        {
            0 => P256(),
            1 => Recovery(),
            5 => ModExp(),
            6 => [.. Bn254Point(), .. Bn254Point()],
            7 => [.. Bn254Point(), .. Bytes(32)],
            8 => Pairing(),
            9 => Blake2(),
            10 => Bytes(192),
            11 => [.. Map(16, 64), .. Map(16, 64)],
            12 => [.. Map(16, 64), .. Bytes(32), .. Map(16, 64), .. Bytes(32)],
            13 => [.. Map(17, 128), .. Map(17, 128)],
            14 => [.. Map(17, 128), .. Bytes(32)],
            15 => [.. Map(16, 64), .. Map(17, 128)],
            16 => BlsField(1),
            17 => BlsField(2),
            _ => Bytes(random.Next(300)),
        };
        switch (random.Next(12))
        {
            case 0 when input.Length > 0:
                input[random.Next(input.Length)] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                input = input[..random.Next(input.Length + 1)];
                break;
            case 2:
                input = [.. input, .. Bytes(random.Next(40))];
                break;
            default:
                break;
        }

        return (number == 0 ? 0x100 : number, input);
    }

    private byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private byte[] Recovery()
    {
        byte[] digest = Bytes(32);
        byte[] key = Bytes(32);
        key[0] = 1;
        Signature signature = Secp256k1.Sign(key, new Hash256(digest));
        byte[] input = new byte[128];
        digest.CopyTo(input, 0);
        input[63] = (byte)(27 + signature.YParity);
        signature.R.WriteBigEndian(input.AsSpan(64));
        signature.S.WriteBigEndian(input.AsSpan(96));
        return input;
    }

    // One that verifies (RFC 6979, A.2.5, "sample" with SHA-256), which the caller often spoils.
    private static byte[] P256() => Convert.FromHexString(
        "AF2BDBE1AA9B6EC1E2ADE1D694F41FC71A831D0268E9891562113D8A62ADD1BF"
        + "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
        + "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB67903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299");

    private byte[] ModExp()
    {
        int[] lengths = [random.Next(40), random.Next(12), random.Next(40)];
        if (random.Next(10) == 0)
        {
            lengths[random.Next(3)] = random.Next(200, 1100);
        }

        byte[] input = new byte[96 + lengths.Sum()];
        random.NextBytes(input.AsSpan(96));
        for (int i = 0; i < 3; i++)
        {
            input.AsSpan(32 * i, 32).Clear();
            input[(32 * i) + 30] = (byte)(lengths[i] >> 8);
            input[(32 * i) + 31] = (byte)lengths[i];
        }

        return input;
    }

    private byte[] Bn254Point()
    {
        if (random.Next(8) == 0)
        {
            return random.Next(2) == 0 ? new byte[64] : Bytes(64);
        }

        byte[] generator = new byte[96];
        generator[31] = 1;
        generator[63] = 2;
        random.NextBytes(generator.AsSpan(64));
        return Run(7, generator, 64);
    }

    /// <summary>Pairs whose product is one, or not.</summary>
    private byte[] Pairing()
    {
        byte[] point = Bn254Point();
        byte[] negated = [.. point];
        BigInteger y = new(point.AsSpan(32), isUnsigned: true, isBigEndian: true);
        if (!y.IsZero && y < Bn254Field)
        {
            ((UInt256)(Bn254Field - y)).WriteBigEndian(negated.AsSpan(32));
        }

        return random.Next(3) == 0 ? [.. point, .. Bn254G2] : [.. point, .. Bn254G2, .. negated, .. Bn254G2];
    }

    private byte[] Blake2()
    {
        byte[] input = Bytes(213);
        input.AsSpan(0, 3).Clear();
        input[212] = (byte)random.Next(random.Next(5) == 0 ? 3 : 2);
        return input;
    }

    /// <summary>Field elements below the modulus: 16 zero bytes, then 48 of which the first is small.</summary>
    private byte[] BlsField(int count)
    {
        byte[] input = Bytes(64 * count);
        for (int i = 0; i < count; i++)
        {
            input.AsSpan(64 * i, 16).Clear();
            input[(64 * i) + 16] &= 0x0f;
        }

        return input;
    }

    /// <summary>A point of the curve's subgroup.</summary>
    private byte[] Map(int contract, int fieldLength) =>
        random.Next(8) == 0 ? new byte[2 * fieldLength] : Run(contract, BlsField(fieldLength / 64), 2 * fieldLength);

    private byte[] Run(int contract, byte[] input, int outputLength)
    {
        byte[] address = new byte[Address.Length];
        address[19] = (byte)contract;
        byte[] output = new byte[outputLength];
        return _table.Find(new Address(address))!.TryRun(input, output, out int written) && written == outputLength
            ? output
            : throw new InvalidOperationException($"Precompile {contract} refused an input that should be valid.");
    }
}
