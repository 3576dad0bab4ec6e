using Cloud.Protocol.Committees;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.L1;
using Cloud.Settlement.Tests.Support;

namespace Cloud.Settlement.Tests.Contracts;

[Collection(AnvilCollection.Name)]
public sealed class CommitteeContractTests(Anvil anvil)
{
    [Theory]
    [InlineData(1u, 1u)]
    [InlineData(1u, 9u)]
    [InlineData(2u, 2u)]
    [InlineData(5u, 20u)]
    [InlineData(48u, 60u)]
    [InlineData(128u, 130u)]
    public async Task Contract_and_library_draw_the_same_members_proposers_and_commitment(uint size, uint validators)
    {
        TestRollup rollup = await TestRollup.DeployAsync(anvil, size, validators);
        await rollup.GoToSlotAsync(0);
        L1Receipt receipt = await rollup.SetUpAsync();
        Address[] set = [.. rollup.ValidatorKeys.Select(key => Anvil.AddressOf(key))];
        RollupEvent.CommitteeDrawn[] drawn = [.. receipt.Logs.Select(RollupEvent.Read).OfType<RollupEvent.CommitteeDrawn>()];
        Assert.Equal([0UL, 1UL, 2UL], drawn.Select(committee => committee.Epoch));
        System.Text.Json.JsonElement block = await anvil.AskAsync("eth_getBlockByHash", receipt.BlockHash.ToString(), false);
        Hash256 randao = Hash256.Parse(block.GetProperty("mixHash").GetString()!);
        foreach (RollupEvent.CommitteeDrawn one in drawn)
        {
            Assert.Equal(CommitteeRules.Seed(one.Epoch, randao), one.Seed);
            Committee committee = Assert.IsType<CommitteeResult.Formed>(Committee.Draw(one.Epoch, set, (int)size, one.Seed)).Committee;
            Assert.Equal(committee.Members, one.Members);
            Assert.Equal(new CommitteeTree(committee).Commitment, one.Commitment);
            Assert.Equal(one.Commitment.ToString(), (await rollup.QueryAsync("committees", one.Epoch)).ToString());
        }

        // The proposer is checked by the contract itself: it takes nobody else's signature (see ProposeTests).
        for (ulong slot = 0; slot < 4; slot++)
        {
            await rollup.ProposeInAsync(slot);
        }
    }

    [Fact]
    public async Task An_epoch_is_set_up_once_and_two_epochs_ahead()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        Assert.Equal("EpochAlreadySetUp(epoch: 0)", (await rollup.RevertAsync(RollupCalls.SetUpEpoch())).ToString());
        await rollup.GoToSlotAsync(3);
        Assert.Equal("EpochAlreadySetUp(epoch: 0)", (await rollup.RevertAsync(RollupCalls.SetUpEpoch())).ToString());
        L1Receipt receipt = await rollup.SetUpAtAsync(4);
        Assert.Equal([3UL], receipt.Logs.Select(RollupEvent.Read).OfType<RollupEvent.CommitteeDrawn>().Select(drawn => drawn.Epoch));
    }

    [Fact]
    public async Task After_a_pause_the_missing_committees_are_drawn_at_once()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        L1Receipt receipt = await rollup.SetUpAtAsync(4 * 10);
        Assert.Equal([10UL, 11UL, 12UL], receipt.Logs.Select(RollupEvent.Read).OfType<RollupEvent.CommitteeDrawn>().Select(drawn => drawn.Epoch));
        Assert.Equal(default, await rollup.NumberAsync("committees", 5));
        await rollup.ProposeInAsync(41);
    }

    [Fact]
    public async Task With_too_few_validators_there_is_no_committee_but_exits_go_on()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        foreach (byte[] key in rollup.ValidatorKeys)
        {
            await rollup.SendAsync(RollupCalls.RequestExit(Anvil.AddressOf(key)));
        }

        L1Receipt receipt = await rollup.SetUpAtAsync(4);
        Assert.Empty(receipt.Logs.Select(RollupEvent.Read).OfType<RollupEvent.CommitteeDrawn>());
        Assert.Equal(default, await rollup.NumberAsync("validatorCount"));
        Assert.Equal(default, await rollup.NumberAsync("committees", 3));
        await rollup.ProposeInAsync(5);
    }

    [Fact]
    public async Task Who_joins_in_an_epoch_is_not_drawn_in_it()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        await rollup.GoToSlotAsync(4);
        byte[] late = TestRollup.Key("late");
        await rollup.RegisterAsync(late);
        L1Receipt receipt = await rollup.SetUpAsync();
        Assert.Equal(4UL, await rollup.NumberAsync("validatorCount"));
        Assert.All(
            receipt.Logs.Select(RollupEvent.Read).OfType<RollupEvent.CommitteeDrawn>(), drawn => Assert.DoesNotContain(Anvil.AddressOf(late), drawn.Members));
    }
}
