using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.Deployment;
using Cloud.Settlement.Keys;
using Cloud.Settlement.L1;
using Cloud.Settlement.Tests.Support;

namespace Cloud.Settlement.Tests.Deployment;

public sealed class RollupDeployerTests : IAsyncLifetime
{
    private Anvil _anvil = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _anvil = await Anvil.StartAsync();

    public ValueTask DisposeAsync() => _anvil.DisposeAsync();

    [Fact]
    public async Task A_rollup_is_deployed_with_its_validators_and_passes_the_start_up_checks()
    {
        RollupDeployer deployer = new(Sender(Anvil.RichKey));
        Address verifier = Receipt(await deployer.DeployVerifierAsync([Anvil.Rich], 1, Cancel)).ContractAddress!.Value;
        ulong now = (await _anvil.HeadAsync()).Timestamp;
        RollupParameters parameters = new()
        {
            ChainId = 7,
            GenesisTime = now + 1000,
            SlotDuration = 12,
            CommitteeSize = 3,
            ExitDelay = RollupParameters.MinExitDelay(12, 32, 2, 1),
            Verifier = verifier,
        };
        Address rollup = Receipt(await deployer.DeployAsync(parameters, Cancel)).ContractAddress!.Value;
        Receipt(await deployer.WarmAsync(rollup, parameters.RingSize, Cancel));
        for (int i = 0; i < 4; i++)
        {
            Receipt(await deployer.RegisterAsync(rollup, parameters, Key(TestRollup.Key($"validator {i}")), Cancel));
        }

        await _anvil.GoToAsync(parameters.GenesisTime);
        L1Receipt setUp = Receipt(await deployer.SetUpEpochAsync(rollup, Cancel));
        Assert.Equal(3, setUp.Logs.Select(RollupEvent.Read).OfType<RollupEvent.CommitteeDrawn>().Count(drawn => drawn.Members.Length == 3));
        L1Options options = new() { Endpoints = [_anvil.Address], ChainId = Anvil.ChainId, Rollup = rollup, MaxHeadAge = TimeSpan.FromHours(1) };
        TimeProvider time = new ChainTime((await _anvil.HeadAsync()).Timestamp);
        Assert.Empty(await L1Startup.CheckAsync(_anvil.Client, "anvil", options, parameters, [Anvil.Rich], UInt256.One, time, Cancel));
    }

    [Fact]
    public async Task What_the_contract_refuses_and_what_the_key_cannot_pay_are_told_apart()
    {
        RollupDeployer deployer = new(Sender(Anvil.RichKey));
        Assert.IsType<SenderOutcome.Reverted>(await deployer.DeployVerifierAsync([], 1, Cancel));
        RollupDeployer poor = new(Sender(TestRollup.Key("poor")));
        SenderOutcome.NotSent refused = Assert.IsType<SenderOutcome.NotSent>(await poor.DeployVerifierAsync([Anvil.Rich], 1, Cancel));
        Assert.Contains("InsufficientFunds", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_mined_in_time_is_reported_with_its_hash()
    {
        await _anvil.AskAsync("evm_setAutomine", false);
        RollupDeployer deployer = new(Sender(Anvil.RichKey, TimeSpan.FromMilliseconds(50)));
        SenderOutcome.NotMined waiting = Assert.IsType<SenderOutcome.NotMined>(await deployer.DeployVerifierAsync([Anvil.Rich], 1, Cancel));
        await _anvil.AskAsync("evm_mine");
        Assert.True((await _anvil.ReceiptAsync(waiting.Hash)).Succeeded);
    }

    private L1Sender Sender(byte[] key, TimeSpan? timeout = null) =>
        new(_anvil.Client, Key(key), Anvil.ChainId, timeout ?? TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(5), TimeProvider.System);

    private static IL1Signer Key(byte[] key) => Assert.IsType<KeyResult.Loaded>(LocalSigner.Create(key)).Signer;

    private static L1Receipt Receipt(SenderOutcome outcome) => Assert.IsType<SenderOutcome.Mined>(outcome).Receipt;

    private sealed class ChainTime(ulong now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds((long)now);
    }
}
