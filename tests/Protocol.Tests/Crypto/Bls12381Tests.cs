using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Tests.Crypto;

public sealed class Bls12381Tests
{
    private static readonly byte[] GeneratorG1 = Hex.Decode(
        "0x0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"
        + "0000000000000000000000000000000008b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1");

    private static readonly byte[] GeneratorG2 = Hex.Decode(
        "0x00000000000000000000000000000000024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
        + "0000000000000000000000000000000013e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
        + "000000000000000000000000000000000ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801"
        + "000000000000000000000000000000000606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be");

    [Fact]
    public void Doubling_is_adding_to_itself_and_multiplying_by_two()
    {
        byte[] added = new byte[128];
        byte[] multiplied = new byte[128];
        Assert.Equal(Bls12381Fault.None, Bls12381.AddG1([.. GeneratorG1, .. GeneratorG1], added));
        Assert.Equal(Bls12381Fault.None, Bls12381.MultiplyG1([.. GeneratorG1, .. Scalar(2)], multiplied));
        Assert.Equal(added, multiplied);

        byte[] added2 = new byte[256];
        byte[] multiplied2 = new byte[256];
        Assert.Equal(Bls12381Fault.None, Bls12381.AddG2([.. GeneratorG2, .. GeneratorG2], added2));
        Assert.Equal(Bls12381Fault.None, Bls12381.MultiplyG2([.. GeneratorG2, .. Scalar(2)], multiplied2));
        Assert.Equal(added2, multiplied2);
    }

    [Fact]
    public void Infinity_is_neutral_everywhere()
    {
        byte[] sum = new byte[128];
        Assert.Equal(Bls12381Fault.None, Bls12381.AddG1([.. new byte[128], .. GeneratorG1], sum));
        Assert.Equal(GeneratorG1, sum);
        Assert.Equal(Bls12381Fault.None, Bls12381.AddG1([.. GeneratorG1, .. new byte[128]], sum));
        Assert.Equal(GeneratorG1, sum);
        Assert.Equal(Bls12381Fault.None, Bls12381.AddG1(new byte[256], sum));
        Assert.Equal(new byte[128], sum);
        Assert.Equal(Bls12381Fault.None, Bls12381.MultiplyG1([.. GeneratorG1, .. Scalar(0)], sum));
        Assert.Equal(new byte[128], sum);
        Assert.Equal(Bls12381Fault.None, Bls12381.MultiplyG1([.. new byte[128], .. Scalar(9), .. GeneratorG1, .. Scalar(1), .. new byte[128], .. Scalar(9)], sum));
        Assert.Equal(GeneratorG1, sum);
        byte[] sum2 = new byte[256];
        Assert.Equal(Bls12381Fault.None, Bls12381.MultiplyG2([.. new byte[256], .. Scalar(9), .. GeneratorG2, .. Scalar(1)], sum2));
        Assert.Equal(GeneratorG2, sum2);
        Assert.Equal(Bls12381Fault.None, Bls12381.CheckPairing([.. GeneratorG1, .. new byte[256]], out bool isOne));
        Assert.True(isOne);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(70)]
    public void Pairings_cancel_over_any_number_of_batches(int pairs)
    {
        // e(aG, bH) for each pair, and one e(-(sum of ab)G, H) that makes the product one.
        List<byte> input = [];
        ulong total = 0;
        byte[] p = new byte[128];
        byte[] q = new byte[256];
        for (int i = 1; i <= pairs; i++)
        {
            ulong a = (ulong)i, b = (ulong)(3 * i) + 1;
            total += a * b;
            Assert.Equal(Bls12381Fault.None, Bls12381.MultiplyG1([.. GeneratorG1, .. Scalar(a)], p));
            Assert.Equal(Bls12381Fault.None, Bls12381.MultiplyG2([.. GeneratorG2, .. Scalar(b)], q));
            input.AddRange(p);
            input.AddRange(q);
        }

        byte[] minus = new byte[32];
        ((UInt256)(new System.Numerics.BigInteger(Kzg.FieldModulus, isUnsigned: true, isBigEndian: true) - total)).WriteBigEndian(minus);
        Assert.Equal(Bls12381Fault.None, Bls12381.MultiplyG1([.. GeneratorG1, .. minus], p));
        Assert.Equal(Bls12381Fault.None, Bls12381.CheckPairing([.. input], out bool isOne));
        Assert.False(isOne);
        Assert.Equal(Bls12381Fault.None, Bls12381.CheckPairing([.. input, .. p, .. GeneratorG2], out isOne));
        Assert.True(isOne);
    }

    [Fact]
    public void Many_terms_give_the_sum_of_the_single_ones()
    {
        for (int terms = 2; terms <= 200; terms += 66)
        {
            List<byte> input = [];
            byte[] sum = new byte[128];
            byte[] term = new byte[128];
            Random random = new(terms);
            for (int i = 0; i < terms; i++)
            {
                byte[] scalar = new byte[32];
                random.NextBytes(scalar);
                Assert.Equal(Bls12381Fault.None, Bls12381.MultiplyG1([.. GeneratorG1, .. Scalar((ulong)i + 1)], term));
                byte[] one = [.. term, .. scalar];
                input.AddRange(one);
                Assert.Equal(Bls12381Fault.None, Bls12381.MultiplyG1(one, term));
                Assert.Equal(Bls12381Fault.None, Bls12381.AddG1([.. sum, .. term], sum));
            }

            Assert.Equal(Bls12381Fault.None, Bls12381.MultiplyG1([.. input], term));
            Assert.Equal(sum, term);
        }
    }

    [Fact]
    public void Bad_input_is_refused_with_its_reason()
    {
        byte[] output = new byte[256];
        Assert.Equal(Bls12381Fault.Length, Bls12381.AddG1([], output));
        Assert.Equal(Bls12381Fault.Length, Bls12381.MultiplyG1([], output));
        Assert.Equal(Bls12381Fault.Length, Bls12381.MultiplyG2(new byte[287], output));
        Assert.Equal(Bls12381Fault.Length, Bls12381.CheckPairing([], out _));
        byte[] changed = [.. GeneratorG1, .. GeneratorG1];
        changed[128] = 1;
        Assert.Equal(Bls12381Fault.FieldElementPadding, Bls12381.AddG1(changed, output));
        changed[128] = 0;
        changed[255] ^= 1;
        Assert.Equal(Bls12381Fault.NotOnCurve, Bls12381.AddG1(changed, output));
        changed.AsSpan(144, 48).Fill(0xFF);
        Assert.Equal(Bls12381Fault.FieldElementOutOfRange, Bls12381.AddG1(changed, output));
        Assert.Throws<ArgumentException>(() => Bls12381.AddG1(new byte[256], new byte[127]));

        // (0, 2) is on the curve and has order 3: good for an addition, not for a multiplication.
        byte[] small = new byte[128];
        small[127] = 2;
        Assert.Equal(Bls12381Fault.None, Bls12381.AddG1([.. small, .. small], output));
        Assert.Equal(Bls12381Fault.NotInG1, Bls12381.MultiplyG1([.. small, .. Scalar(1)], output));
        Assert.Equal(Bls12381Fault.NotInG1, Bls12381.CheckPairing([.. small, .. GeneratorG2], out _));
    }

    [Fact]
    public void Operations_allocate_no_managed_memory()
    {
        byte[] two = [.. GeneratorG1, .. GeneratorG1];
        byte[] terms = [.. GeneratorG1, .. Scalar(7), .. GeneratorG1, .. Scalar(8)];
        byte[] pair = [.. GeneratorG1, .. GeneratorG2];
        byte[] output = new byte[256];
        Allocations.AssertNone(() =>
        {
            _ = Bls12381.AddG1(two, output);
            _ = Bls12381.MultiplyG1(terms, output);
            _ = Bls12381.CheckPairing(pair, out _);
        });
    }

    private static byte[] Scalar(ulong value)
    {
        byte[] scalar = new byte[32];
        new UInt256(value).WriteBigEndian(scalar);
        return scalar;
    }
}
