using System.Net.Http.Json;
using System.Text.Json;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
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
            first = await SendAsync(cloud, 0, nonce: 0);
            TransactionReport report = await cloud.WaitForAsync<TransactionStatus.Proven>(first, _limit.Token);
            foreach (StatusEntry entry in report.History)
            {
                output.WriteLine($"{entry.Status.GetType().Name} after {(entry.At - report.History[0].At).TotalMilliseconds:F0} ms");
            }

            Assert.Superset(
                new HashSet<string> { "Pending", "Preconfirmed", "Proposed", "Attested", "Checkpointed", "Proven" }, report.History.Select(entry => entry.Status.GetType().Name).ToHashSet());
            await cloud.WaitForAsync<TransactionStatus.Finalized>(first, _limit.Token);
            height = cloud.Replica.View.Latest.Number;
        }

        await using (PreconfCloud cloud = await PreconfCloud.StartAsync(options, _limit.Token))
        {
            Assert.True(cloud.Replica.View.Latest.Number >= height);
            Assert.NotNull(cloud.Replica.View.FindTransaction(in first));
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
        TransactionReport report = await cloud.WaitForAsync<TransactionStatus.Checkpointed>(after, _limit.Token);
        Assert.All(report.History, entry => Assert.Null(entry.Broken));
        Assert.All((await cloud.WaitForAsync<TransactionStatus.Checkpointed>(before, _limit.Token)).History, entry => Assert.Null(entry.Broken));
    }

    private async Task<Hash256> SendAsync(PreconfCloud cloud, int account, ulong nonce)
    {
        Transaction transaction = cloud.Accounts[account].Sign(new TransactionFields
        {
            ChainId = cloud.ChainId,
            Nonce = nonce,
            GasLimit = 21_000,
            MaxFeePerGas = 10_000_000_000,
            MaxPriorityFeePerGas = 1_000_000,
            To = Address.Parse(new string('d', 40)),
            Value = 1,
        });
        using HttpResponseMessage response = await _http.PostAsJsonAsync(
            cloud.RpcUrl, new { jsonrpc = "2.0", id = 1, method = "eth_sendRawTransaction", @params = new[] { transaction.Raw.ToString() } }, _limit.Token);
        using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(_limit.Token));
        Assert.True(answer.RootElement.TryGetProperty("result", out JsonElement hash), answer.RootElement.ToString());
        return Hash256.Parse(hash.GetString()!);
    }
}
