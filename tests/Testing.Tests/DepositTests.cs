using Cloud.Execution.State;
using Cloud.Protocol.Deposits;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Statuses;
using Cloud.Settlement.Deployment;
using Cloud.Settlement.Rollups;
using Cloud.Testing.L1;
using Microsoft.Extensions.DependencyInjection;

namespace Cloud.Testing.Tests;

/// <summary>Money from L1 to L2 over a whole chain with a real L1: the inbox's events, the first chunk of a slot, the checkpoint that the contract accepts.</summary>
[Trait("Category", "EndToEnd")]
public sealed class DepositTests(ITestOutputHelper output) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly HttpClient _http = new();

    public void Dispose()
    {
        _http.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task Deposits_on_L1_are_balances_on_L2_and_the_contract_accepts_the_checkpoint_that_consumes_them_also_after_a_reorganisation()
    {
        _limit.CancelAfter(Limit);
        await using PreconfCloud cloud = await PreconfCloud.StartAsync(new PreconfCloudOptions { Accounts = 3, FundThroughInbox = true }, _limit.Token);

        // The demo accounts have their money by deposits: none of it is in block 0.
        Assert.Empty(cloud.Deployment.Genesis.Accounts);
        Assert.Equal(3, cloud.Accounts.Length);
        Assert.All(cloud.Accounts, account => Assert.False(BalanceOf(cloud, account.Address).IsZero));
        await cloud.WaitForAsync<TransactionStatus.Checkpointed>(await _http.SendAsync(cloud, 0, 0, _limit.Token), _limit.Token);
        Assert.Equal(3UL, await ConsumedAsync(cloud, 3));

        // A user's own, while the chain runs.
        Address newcomer = Address.Parse("0x00000000000000000000000000000000000000de");
        await DepositAsync(cloud, newcomer, 5);
        await UntilAsync(() => BalanceOf(cloud, newcomer) == 5UL);
        Transaction minted = Assert.Single(cloud.Replica.View.Recent.SelectMany(block => block.Transactions), transaction => transaction.To == newcomer);
        Assert.Equal(TransactionType.Deposit, minted.Type);
        await cloud.WaitForAsync<TransactionStatus.Checkpointed>(minted.Hash, _limit.Token);
        Assert.Equal(4UL, await ConsumedAsync(cloud, 4));

        // One that L1 takes back at once, and brings again behind another one.
        Address second = Address.Parse("0x00000000000000000000000000000000000000df");
        await DepositAsync(cloud, newcomer, 7);
        await cloud.L1!.ReorganiseAsync(1, _limit.Token);
        await DepositAsync(cloud, second, 9);
        await DepositAsync(cloud, newcomer, 11);
        await UntilAsync(() => BalanceOf(cloud, second) == 9UL && BalanceOf(cloud, newcomer) >= 16UL);
        Inbox inbox = cloud.Services.GetRequiredService<RollupL1>().View!.State.Inbox;
        UInt256 expected = default;
        for (ulong index = 1; index <= inbox.Count; index++)
        {
            expected += inbox[index].To == newcomer ? inbox[index].Value : default;
        }

        Assert.Equal(expected, BalanceOf(cloud, newcomer));
        Assert.Equal(inbox.Count, await ConsumedAsync(cloud, inbox.Count));
        output.WriteLine($"{inbox.Count} messages, checkpoint {cloud.Services.GetRequiredService<RollupL1>().View!.State.Pending.Number}");
    }

    private static UInt256 BalanceOf(PreconfCloud cloud, Address account) =>
        cloud.Replica.View.Latest.State.TryGetAccount(account, out Account state) ? state.Balance : default;

    /// <summary>Waits until the contract's last checkpoint has consumed so many messages, and says how many.</summary>
    private async Task<ulong> ConsumedAsync(PreconfCloud cloud, ulong count)
    {
        RollupL1 l1 = cloud.Services.GetRequiredService<RollupL1>();
        await UntilAsync(() => l1.View!.State.Pending.Record.DepositCount >= count);
        return l1.View!.State.Pending.Record.DepositCount;
    }

    private async Task DepositAsync(PreconfCloud cloud, Address to, ulong value)
    {
        L1Sender sender = new(cloud.L1Client, LocalL1.Rich, AnvilProcess.ChainId, TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(50), TimeProvider.System);
        Assert.IsType<SenderOutcome.Mined>(await new RollupDeployer(sender).DepositAsync(cloud.Deployment.Genesis.Rollup, to, value, _limit.Token));
    }

    private async Task UntilAsync(Func<bool> isReached)
    {
        while (!isReached())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, _limit.Token);
        }
    }
}
