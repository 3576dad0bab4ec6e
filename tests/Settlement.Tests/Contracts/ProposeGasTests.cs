using Cloud.Settlement.Contracts;
using Cloud.Settlement.L1;
using Cloud.Settlement.Tests.Support;

namespace Cloud.Settlement.Tests.Contracts;

[Collection(AnvilCollection.Name)]
public sealed class ProposeGasTests(Anvil anvil, ITestOutputHelper output)
{
    /// <summary>10 transactions a second in slots of 36 s at 167 gas each.</summary>
    private const ulong Target = 60_000;

    [Fact]
    public async Task Every_propose_with_a_committee_of_48_stays_within_the_target_also_the_first_ones_and_those_that_consume_deposits()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, committee: 48, validators: 60, change: p => p with
        {
            EpochSlots = 32,
            RingSize = 128,
            ExitDelay = RollupParameters.MinExitDelay(p.SlotDuration, 32, 2, 1),
        });
        await rollup.SendAsync(RollupCalls.WarmRing(0, 128));
        await rollup.SendAsync(RollupCalls.Deposit(Anvil.Rich, 100_000, [1, 2, 3]), 5UL);
        await rollup.SendAsync(RollupCalls.Deposit(Anvil.Rich, 100_000, [4, 5, 6]), 7UL);
        List<ulong> gas = [];
        for (ulong slot = 1; slot <= 12; slot++)
        {
            await rollup.GoToSlotAsync(slot);
            ulong deposits = slot < 3 ? 0UL : slot < 6 ? 1UL : 2UL;
            Protocol.Primitives.Hash256 inHash = new((await rollup.QueryAsync("inHashOf", deposits)).Span);
            L1Receipt receipt = await rollup.ProposeAsync(rollup.Header(slot, inHash: inHash), slot % 2 == 0 ? Sidecars.Three : Sidecars.One, deposits);
            gas.Add(receipt.GasUsed);
        }

        output.WriteLine(string.Join(' ', gas));
        Assert.All(gas, used => Assert.InRange(used, 21_000UL, Target));
    }

    [Fact]
    public async Task Setting_up_an_epoch_with_a_committee_of_48_out_of_200_fits_in_a_transaction()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, committee: 48, validators: 200);
        await rollup.GoToSlotAsync(4);
        L1Receipt receipt = await rollup.SetUpAsync();
        output.WriteLine($"set-up: {receipt.GasUsed}");
        Assert.InRange(receipt.GasUsed, 21_000UL, 400_000UL);
    }
}
