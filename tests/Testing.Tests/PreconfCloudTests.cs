using System.Text.Json;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Chain;
using Cloud.Replica.Events;
using Cloud.Replica.Statuses;
using Cloud.Replica.Views;

namespace Cloud.Testing.Tests;

/// <summary>A whole chain, used as a dApp's tests would use it: through its JSON-RPC.</summary>
[Trait("Category", "EndToEnd")]
public sealed class PreconfCloudTests(ITestOutputHelper output) : IDisposable
{
    // Far above what it takes; a test that hangs ends with it.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly string _folder = Directory.CreateTempSubdirectory("preconf-cloud-tests-").FullName;
    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly HttpClient _http = new();

    public void Dispose()
    {
        _http.Dispose();
        _limit.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_transaction_climbs_every_rung_and_the_chain_goes_on_after_a_restart()
    {
        _limit.CancelAfter(Limit);
        PreconfCloudOptions options = new() { DataFolder = _folder, Plan = PreconfCloudOptions.Quick };
        Hash256 first;
        ulong height;
        await using (PreconfCloud cloud = await PreconfCloud.StartAsync(options, _limit.Token))
        {
            // Up to the checkpoint by the events: the history leaves memory soon after the blocks do, and what has left it climbs on with its checkpoint.
            using EventSubscription events = Assert.IsType<Subscribing.Subscribed>(cloud.Replica.Events.Subscribe(capacity: 65_536)).Subscription;
            first = await SendAsync(cloud, 0, nonce: 0);
            HashSet<string> rungs = [];
            while (!rungs.Contains(nameof(TransactionStatus.Checkpointed)))
            {
                if (await events.Reader.ReadAsync(_limit.Token) is ReplicaEvent.StatusChanged { Change: var change } && change.Transaction == first)
                {
                    output.WriteLine($"{change.At:HH:mm:ss.fff} {change.Status.GetType().Name} {change.Broken}");
                    rungs.Add(change.Status.GetType().Name);
                }
            }

            Assert.Superset(new HashSet<string> { "Preconfirmed", "Proposed", "Attested", "Checkpointed" }, rungs);
            await cloud.WaitForAsync<TransactionStatus.Finalized>(first, _limit.Token);
            await WaitForLadderAsync(cloud, first);
            height = cloud.Replica.View.Latest.Number;
        }

        await using (PreconfCloud cloud = await PreconfCloud.StartAsync(options, _limit.Token))
        {
            Assert.True(cloud.Replica.View.Latest.Number >= height);
            Assert.NotNull(cloud.Replica.View.FindTransaction(in first));
            await WaitForLadderAsync(cloud, first);
            await cloud.WaitForAsync<TransactionStatus.Checkpointed>(await SendAsync(cloud, 0, nonce: 1), _limit.Token);
        }
    }

    [Fact]
    public async Task Time_moves_forward_by_months_and_nothing_is_lost()
    {
        _limit.CancelAfter(Limit);
        await using PreconfCloud cloud = await PreconfCloud.StartAsync(cancellationToken: _limit.Token);
        Hash256 before = await SendAsync(cloud, 1, nonce: 0);
        DateTimeOffset then = cloud.Clock.GetUtcNow();
        await cloud.AdvanceTimeAsync(TimeSpan.FromDays(90), _limit.Token);
        Assert.True(cloud.Clock.GetUtcNow() - then >= TimeSpan.FromDays(90));
        Hash256 after = await SendAsync(cloud, 1, nonce: 1);
        await cloud.WaitForAsync<TransactionStatus.Checkpointed>(after, _limit.Token);

        // What was on L1 before stays there: no prune took it for unproven.
        TransactionReport report = await cloud.WaitForAsync<TransactionStatus.Checkpointed>(before, _limit.Token);
        Assert.DoesNotContain(report.History, entry => entry.Broken is BreakReason.EpochUnproven);
    }

    [Fact]
    public async Task While_L1_is_dead_preconfirmations_go_on_and_when_it_is_back_they_land()
    {
        _limit.CancelAfter(Limit);
        await using PreconfCloud cloud = await PreconfCloud.StartAsync(new PreconfCloudOptions { WithL1Faults = true }, _limit.Token);
        await cloud.WaitForAsync<TransactionStatus.Attested>(await SendAsync(cloud, 2, nonce: 0), _limit.Token);
        cloud.L1Faults!.IsDead = true;
        Hash256 meanwhile = await SendAsync(cloud, 2, nonce: 1);
        await cloud.WaitForAsync<TransactionStatus.Proposed>(meanwhile, _limit.Token);
        cloud.L1Faults.IsDead = false;
        await cloud.WaitForAsync<TransactionStatus.Checkpointed>(meanwhile, _limit.Token);
    }

    /// <summary>Until the gateway tells every rung: the events that it reads come after the node's view.</summary>
    private async Task WaitForLadderAsync(PreconfCloud cloud, Hash256 hash)
    {
        string[] told = [];
        while (!told.AsSpan().EndsWith(["checkpointed", "proven", "finalized"]))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, _limit.Token);
            using JsonDocument answer = JsonDocument.Parse(await _http.GetStringAsync(new Uri(cloud.RpcUrl, $"/api/v1/transactions/{hash}"), _limit.Token));
            string[] now = [.. answer.RootElement.GetProperty("rungs").EnumerateArray().Select(rung => rung.GetProperty("rung").GetString()!)];
            if (!now.SequenceEqual(told))
            {
                output.WriteLine(string.Join(' ', told = now));
            }
        }

        Assert.Equal("finalized", told[^1]);
    }

    private Task<Hash256> SendAsync(PreconfCloud cloud, int account, ulong nonce) => _http.SendAsync(cloud, account, nonce, _limit.Token);
}
