using Cloud.Protocol.Committees;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Protocol.Tests.Committees;

public sealed class QuorumTests
{
    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(3, 3, 0)]
    [InlineData(4, 3, 1)]
    [InlineData(5, 4, 1)]
    [InlineData(6, 5, 1)]
    [InlineData(7, 5, 2)]
    [InlineData(10, 7, 3)]
    [InlineData(24, 17, 7)]
    [InlineData(48, 33, 15)]
    public void Quorum_and_tolerated_faults(int size, int quorum, int faulty)
    {
        Assert.Equal(quorum, Quorum.Of(size));
        Assert.Equal(faulty, Quorum.MaxFaulty(size));
    }

    [Fact]
    public void Two_quorums_share_an_honest_member_and_the_honest_alone_are_one() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(Gen.Choose(1, 100_000).ToArbitrary(), n =>
        {
            int quorum = Quorum.Of(n);
            int faulty = Quorum.MaxFaulty(n);
            Assert.True((2 * quorum) - n > faulty);
            Assert.True(n - faulty >= quorum);
        }));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void An_empty_committee_has_no_quorum(int size) => Assert.Throws<ArgumentOutOfRangeException>(() => Quorum.Of(size));
}
