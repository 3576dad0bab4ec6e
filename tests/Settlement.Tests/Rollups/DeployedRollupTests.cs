using Cloud.Protocol.Primitives;
using Cloud.Settlement.L1;
using Cloud.Settlement.Rollups;
using Cloud.Settlement.Tests.Support;

namespace Cloud.Settlement.Tests.Rollups;

[Collection(AnvilCollection.Name)]
[Trait("Category", "EndToEnd")]
public sealed class DeployedRollupTests(Anvil anvil)
{
    [Fact]
    public async Task A_deployment_is_read_back_with_its_verifiers_provers()
    {
        TestRollup rollup = await TestRollup.DeployAsync(anvil);
        DeployedRollup read = (await DeployedRollup.ReadAsync(anvil.Client, rollup.Address, TestContext.Current.CancellationToken)).Require();
        Assert.Equal(
            (rollup.Parameters.GenesisHash, RollupClock.Of(rollup.Parameters), rollup.Parameters.Verifier, 2), (read.GenesisHash, read.Clock, read.Verifier, read.Threshold));
        Assert.Equal(rollup.ProverKeys.Select(key => Anvil.AddressOf(key)), read.Provers);
    }

    [Fact]
    public async Task What_is_no_rollup_is_refused()
    {
        L1Result<DeployedRollup> read = await DeployedRollup.ReadAsync(anvil.Client, Address.Parse("0x00000000000000000000000000000000000000aa"), TestContext.Current.CancellationToken);
        Assert.False(read.TryGet(out _, out L1Failure? failure));
        Assert.IsType<L1Failure.WrongVersion>(failure);
    }
}
