using Cloud.Settlement.Contracts;
using Cloud.Settlement.L1;
using Cloud.Settlement.Tests.Support;

namespace Cloud.Settlement.Tests.Contracts;

[Collection(AnvilCollection.Name)]
public sealed class PruneTests(Anvil anvil)
{
    [Fact]
    public async Task Nothing_is_pruned_while_a_proof_can_still_come()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        Assert.Equal("NothingToPrune()", (await rollup.RevertAsync(RollupCalls.Prune())).ToString());
        await rollup.ProposeInAsync(1);
        await rollup.GoToSlotAsync(7);
        Assert.False((await rollup.TipsAsync()).PruneDue);
        Assert.Equal("NothingToPrune()", (await rollup.RevertAsync(RollupCalls.Prune())).ToString());
    }

    [Fact]
    public async Task Unproven_checkpoints_go_when_their_window_has_passed()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        await rollup.ProposeInAsync(0);
        await rollup.ProposeInAsync(1);
        await rollup.SendAsync(RollupCalls.SubmitProof(1, rollup.Records[1], rollup.Records[2], await rollup.ProofAsync(1)));
        await rollup.ProposeInAsync(3);
        await rollup.GoToSlotAsync(8);
        Assert.Equal(new RollupTips(3, 3, 0, 1, true), await rollup.TipsAsync());
        L1Receipt receipt = await rollup.SendAsync(RollupCalls.Prune());
        Assert.Equal(new RollupEvent.ChainPruned(1, 3), RollupEvent.Read(Assert.Single(receipt.Logs)));
        Assert.Equal(new RollupTips(1, 0, 0, 1, false), await rollup.TipsAsync());
        Assert.Equal("NothingToPrune()", (await rollup.RevertAsync(RollupCalls.Prune())).ToString());
    }

    [Fact]
    public async Task The_next_propose_prunes_by_itself_and_starts_at_the_proven_checkpoint()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        await rollup.SendAsync(RollupCalls.Deposit(Anvil.Rich, 100_000, []), 1UL);
        Protocol.Primitives.Hash256 inHash = new((await rollup.QueryAsync("inHashOf", 1)).Span);
        await rollup.ProposeInAsync(0);
        await rollup.GoToSlotAsync(1);
        await rollup.ProposeAsync(rollup.Header(1, inHash: inHash), Sidecars.One, 1);
        await rollup.SetUpAtAsync(8);
        CheckpointRecord genesis = rollup.Records[0];
        Assert.Equal(
            "ParentMismatch(number: 0)",
            (await rollup.RevertAsync(rollup.ProposeData(rollup.Header(8, inHash: inHash), Sidecars.One, 1), sidecar: Sidecars.One)).ToString());
        rollup.Records.RemoveRange(1, 2);
        L1Receipt receipt = await rollup.ProposeAsync(rollup.Header(8, parent: genesis.PayloadHash), Sidecars.One);
        Assert.Equal(
            [new RollupEvent.ChainPruned(0, 2), new RollupEvent.CheckpointProposed(1, rollup.Tip)],
            receipt.Logs.Select(RollupEvent.Read));
        Assert.Equal(new RollupTips(1, 8, 0, 0, false), await rollup.TipsAsync());
    }
}
