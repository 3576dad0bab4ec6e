using Cloud.Settlement.Contracts;
using Cloud.Settlement.L1;
using Cloud.Settlement.Tests.Support;

namespace Cloud.Settlement.Tests.Contracts;

[Collection(AnvilCollection.Name)]
public sealed class ProposeTests(Anvil anvil)
{
    [Fact]
    public async Task A_checkpoint_extends_the_tip_and_its_event_carries_what_a_follower_needs()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        await rollup.GoToSlotAsync(1);
        L1Receipt receipt = await rollup.ProposeAsync(rollup.Header(1), Sidecars.Three);
        RollupEvent.CheckpointProposed posted = Assert.IsType<RollupEvent.CheckpointProposed>(RollupEvent.Read(Assert.Single(receipt.Logs)));
        Assert.Equal(new RollupEvent.CheckpointProposed(1, rollup.Tip), posted);
        Assert.Equal(new RollupTips(1, 1, 0, 0, false), await rollup.TipsAsync());
        Assert.Equal(rollup.Tip.Hash().ToString(), (await rollup.QueryAsync("checkpointHash", 1)).ToString());
        Assert.Equal(Sidecars.Three.VersionedHashes, (await anvil.Client.GetBlobHashesAsync(receipt.TransactionHash, TestContext.Current.CancellationToken)).Require());
    }
}
