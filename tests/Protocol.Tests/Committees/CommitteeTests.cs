using System.Buffers.Binary;
using System.Numerics;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Protocol.Tests.Committees;

public sealed class CommitteeTests
{
    private static readonly Hash256 Seed = Hash256.Parse("0x5eed" + new string('0', 60));

    [Fact]
    public void A_sample_repeats_nobody_and_stays_in_the_set() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(
            (from n in Gen.Choose(0, 300)
             from k in Gen.Choose(0, n)
             from seed in Gen.Choose(0, int.MaxValue)
             select (n, k, seed)).ToArbitrary(),
            x =>
            {
                int[] sample = CommitteeSampler.Sample(x.n, x.k, CommitteeRules.Seed((ulong)x.seed, Seed));
                Assert.Equal(x.k, sample.Distinct().Count());
                Assert.All(sample, i => Assert.InRange(i, 0, x.n - 1));
            }));

    [Fact]
    public void A_sample_is_the_start_of_the_plain_shuffle_of_the_whole_array()
    {
        int[] shuffled = [.. Enumerable.Range(0, 100)];
        for (int i = 0; i < 100; i++)
        {
            byte[] message = new byte[64];
            Seed.CopyTo(message);
            message[63] = (byte)i;
            BigInteger random = new(Keccak256.Hash(message).ToArray(), isUnsigned: true, isBigEndian: true);
            int j = i + (int)(random % (100 - i));
            (shuffled[i], shuffled[j]) = (shuffled[j], shuffled[i]);
        }

        foreach (int count in new[] { 0, 1, 48, 99, 100 })
        {
            Assert.Equal(shuffled[..count], CommitteeSampler.Sample(100, count, Seed));
        }
    }

    [Fact]
    public void Every_validator_is_drawn_about_as_often()
    {
        int[] drawn = new int[20];
        for (ulong epoch = 0; epoch < 2000; epoch++)
        {
            foreach (int i in CommitteeSampler.Sample(20, 5, CommitteeRules.Seed(epoch, Seed)))
            {
                drawn[i]++;
            }
        }

        // 500 expected each, standard deviation about 19.
        Assert.All(drawn, count => Assert.InRange(count, 400, 600));
    }

    [Fact]
    public void A_committee_knows_its_members_proposers_and_quorum()
    {
        Address[] validators = Addresses(60);
        Committee committee = Assert.IsType<CommitteeResult.Formed>(Committee.Draw(7, validators, 48, Seed)).Committee;
        Assert.Equal((48, 33, 7ul), (committee.Size, committee.Quorum, committee.Epoch));
        for (int i = 0; i < 48; i++)
        {
            Assert.Equal(i, committee.IndexOf(committee.Members[i]));
        }

        Assert.All(validators.Except(committee.Members), outsider => Assert.Equal(-1, committee.IndexOf(outsider)));
        byte[] message = new byte[96];
        BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(24), 7);
        BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(56), 230);
        Seed.CopyTo(message.AsSpan(64));
        BigInteger random = new(Keccak256.Hash(message).ToArray(), isUnsigned: true, isBigEndian: true);
        Assert.Equal(committee.Members[(int)(random % 48)], committee.ProposerAt(230));
        Assert.True(Enumerable.Range(224, 32).Select(slot => committee.ProposerAt((ulong)slot)).Distinct().Count() > 10);
    }

    [Fact]
    public void Impossible_committees_are_refused()
    {
        Address[] validators = Addresses(5);
        Assert.Equal(new CommitteeResult.TooFewValidators(5, 6), Committee.Draw(0, validators, 6, Seed));
        Assert.Equal(new CommitteeResult.SizeOutOfRange(0), Committee.Draw(0, validators, 0, Seed));
        Assert.Equal(new CommitteeResult.SizeOutOfRange(1025), Committee.Draw(0, Addresses(1025), 1025, Seed));
        Assert.Equal(new CommitteeResult.Repeated(validators[2]), Committee.Of(0, [.. validators, validators[2]], Seed));
        Assert.Equal(new CommitteeResult.SizeOutOfRange(0), Committee.Of(0, default, Seed));
    }

    [Fact]
    public void The_first_epochs_use_genesis_and_later_ones_lag()
    {
        CommitteeRules rules = CommitteeRules.Default;
        Assert.Equal([0ul, 0ul, 0ul, 1ul, 8ul], new[] { 0ul, 1ul, 2ul, 3ul, 10ul }.Select(rules.ValidatorSetEpoch));
        Assert.Equal([0ul, 0ul, 0ul, 1ul, 8ul], new[] { 0ul, 1ul, 2ul, 3ul, 10ul }.Select(rules.RandaoEpoch));
        Assert.Equal([0ul, 0ul, 1ul], new[] { 0ul, 31ul, 32ul }.Select(rules.EpochOf));
    }

    [Theory]
    [InlineData(32, 48, 2, 2, null)]
    [InlineData(0, 48, 2, 2, "SlotsPerEpoch")]
    [InlineData(65_537, 48, 2, 2, "SlotsPerEpoch")]
    [InlineData(32, 0, 2, 2, "CommitteeSize")]
    [InlineData(32, 1025, 2, 2, "CommitteeSize")]
    [InlineData(32, 48, 0, 0, "ValidatorSetLag")]
    [InlineData(32, 48, 2, 3, "RandaoLag")]
    [InlineData(32, 48, 2, 0, "RandaoLag")]
    public void Rules_outside_their_range_are_named(int slots, int size, int setLag, int randaoLag, string? option)
    {
        string? refusal = new CommitteeRules(slots, size, setLag, randaoLag).Check();
        Assert.Equal(option, refusal?.Split(' ')[0]);
    }

    private static Address[] Addresses(int count) => [.. Enumerable.Range(1, count).Select(i => Address.Parse(i.ToString("x40", null)))];
}
