using System.Diagnostics;
using System.Text.Json;
using Cloud.Gateway.Tests.Status;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Proofs;
using Cloud.Replica.Statuses;
using Cloud.Settlement.L1;
using Cloud.Settlement.Rollups;
using Cloud.Settlement.Watching;
using Microsoft.Extensions.DependencyInjection;

namespace Cloud.Testing.Tests;

/// <summary>The status API, its proofs and the dashboard over a whole chain with a real L1.</summary>
[Trait("Category", "EndToEnd")]
public sealed class StatusTests : IDisposable
{
    private const string OperatorKey = "an-operator-key-of-at-least-32-characters";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private readonly CancellationTokenSource _limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly HttpClient _http = new();
    private readonly SchemaCheck _schemas = new();

    public void Dispose()
    {
        _http.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task Every_rung_is_proven_offline_and_the_checkpoint_shows_its_L1_transaction_blobs_attempts_and_cost()
    {
        _limit.CancelAfter(Limit);
        await using PreconfCloud cloud = await PreconfCloud.StartAsync(
            new PreconfCloudOptions { Plan = PreconfCloudOptions.Quick, Configure = builder => builder.Configuration["Gateway:Keys:OperatorKey"] = OperatorKey }, _limit.Token);
        Hash256 hash = await SendAsync(cloud, 0, 0);
        await cloud.WaitForAsync<TransactionStatus.Finalized>(hash, _limit.Token);
        JsonElement transaction = await UntilAsync(
            cloud, $"/api/v1/transactions/{hash}", shown => shown.GetProperty("state").GetString() == "finalized" && shown.GetProperty("l1Cost").ValueKind == JsonValueKind.Object);
        _schemas.Answers("/api/v1/transactions/{hash}", transaction);
        WatcherView l1 = cloud.Services.GetRequiredService<RollupL1>().View!;
        foreach (JsonElement rung in transaction.GetProperty("rungs").EnumerateArray().Skip(1))
        {
            string name = rung.GetProperty("rung").GetString()!;
            byte[] text = await _http.GetByteArrayAsync(new Uri(cloud.Address, rung.GetProperty("proof").GetProperty("href").GetString()), _limit.Token);
            TransactionProof proof = Assert.IsType<ProofReading.Ok>(TransactionProofJson.Read(text)).Proof;
            ProofTrust trust = new()
            {
                Context = cloud.Deployment.Genesis.Context,
                CommitteeCommitment = proof.Committee is { } committee ? l1.State.Committees[committee.Epoch].Commitment() : null,
                SlotsPerEpoch = cloud.Deployment.Genesis.Committee.SlotsPerEpoch,
            };
            ProofVerdict verdict = new ProofVerifier(trust).Verify(proof);
            Assert.True(verdict.IsValid, $"{name}: {string.Join("; ", verdict.Rungs.Select(item => $"{item.Status} {item.Fault} {item.Detail}"))}");
            Assert.Equal(name, verdict.Proven);
            await VerifyInTypeScriptAsync(text, name);
            if (proof.Rungs.OfType<ProofRung.Checkpointed>().SingleOrDefault() is { L1: var anchor })
            {
                L1TransactionData posted = (await cloud.L1Client.GetTransactionAsync(anchor.Transaction!.Value, _limit.Token)).Require()!;
                Assert.Equal(posted.BlobHashes.ToArray(), anchor.BlobHashes.ToArray());
                Assert.NotEmpty(anchor.BlobHashes);
                Assert.Equal(anchor.BlockHash, (await cloud.L1Client.GetReceiptAsync(anchor.Transaction.Value, _limit.Token)).Require()!.BlockHash);
            }
        }

        string slot = transaction.GetProperty("position").GetProperty("slot").GetRawText();
        JsonElement checkpoint = (await UntilAsync(cloud, $"/api/v1/slots/{slot}", _ => true)).GetProperty("checkpointDetail");
        _schemas.Matches("Checkpoint", checkpoint);
        Assert.Equal(JsonValueKind.String, checkpoint.GetProperty("l1Transaction").ValueKind);
        Assert.NotEqual("0", checkpoint.GetProperty("cost").GetProperty("blobWei").GetString());
        JsonElement attempts = checkpoint.GetProperty("attempts");
        Assert.InRange(attempts.GetArrayLength(), 1, 100);
        Assert.All(attempts.EnumerateArray(), attempt => Assert.NotEqual(default, Address.Parse(attempt.GetProperty("publisher").GetString()!, null)));

        // What every member did, not only those whom a certificate names.
        JsonElement attendance = await UntilAsync(cloud, "/api/v1/committee?slots=64", shown => shown.GetProperty("slots").EnumerateArray().Any(
            one => one.GetProperty("slot").GetRawText() == slot && one.GetProperty("attendance").GetString()!.All(letter => letter is 's' or 'l' or 'm')));
        Assert.Contains(attendance.GetProperty("members").EnumerateArray(), member => member.GetProperty("record").GetProperty("sent").GetInt32() > 0);
        JsonElement publishers = await UntilAsync(cloud, "/api/v1/publishers", shown => shown.GetArrayLength() > 0);
        _schemas.Answers("/api/v1/publishers", publishers);
        string validator = cloud.Node.Validators[0].ToString();
        using HttpRequestMessage export = new(HttpMethod.Get, new Uri(cloud.Address, $"/operator/v1/validators/{validator}/ledger"));
        export.Headers.Authorization = new System.Net.Http.Headers.AuthenticationHeaderValue("Bearer", OperatorKey);
        using HttpResponseMessage ledger = await _http.SendAsync(export, _limit.Token);
        byte[] history = await ledger.Content.ReadAsByteArrayAsync(_limit.Token);
        Assert.NotEmpty(Assert.IsType<Protocol.Signing.InterchangeReading.Ok>(Protocol.Signing.SigningInterchange.Read(history)).History.Validators.Single().Signed);
        using HttpRequestMessage import = new(HttpMethod.Post, new Uri(cloud.Address, $"/operator/v1/validators/{validator}/ledger")) { Content = new ByteArrayContent(history) };
        import.Headers.Authorization = export.Headers.Authorization;
        using HttpResponseMessage imported = await _http.SendAsync(import, _limit.Token);
        Assert.True(imported.IsSuccessStatusCode, await imported.Content.ReadAsStringAsync(_limit.Token));
        foreach (string path in (string[])["overview", "network", "tips", "slots", "checkpoints", "committee", "health", "reorgs", "broken-promises", "evidence"])
        {
            _schemas.Answers($"/api/v1/{path}", await UntilAsync(cloud, $"/api/v1/{path}", _ => true));
        }
    }

    [Fact]
    public async Task The_dashboard_in_a_browser_shows_a_transactions_ladder_reach_checkpointed()
    {
        string? root = Tools.Root;
        Assert.SkipWhen(root is null || !Directory.Exists(Path.Combine(root, "dashboard/node_modules")) || !Directory.Exists(Path.Combine(root, "dashboard/dist")), "the dashboard is not built: run ./test.sh once");
        Assert.SkipWhen(!File.Exists("/usr/bin/chromium") && Environment.GetEnvironmentVariable("CHROMIUM") is null, "no Chromium is installed; name one in CHROMIUM");
        _limit.CancelAfter(Limit);
        await using PreconfCloud cloud = await PreconfCloud.StartAsync(
            new PreconfCloudOptions
            {
                Configure = builder => builder.Configuration["Gateway:Status:DashboardFolder"] = Path.Combine(root!, "dashboard/dist"),
            },
            _limit.Token);
        using HttpResponseMessage page = await _http.GetAsync(cloud.Address, _limit.Token);
        Assert.Contains("default-src 'self'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Hash256 hash = await SendAsync(cloud, 0, 0);
        await UntilAsync(cloud, $"/api/v1/transactions/{hash}", _ => true);
        (int code, string said) = await RunAsync(
            Path.Combine(root!, "dashboard"), ["--import", "tsx", "tests/gateway/ladder.ts", cloud.Address.ToString(), hash.ToString(), Path.Combine(root!, "artifacts/dashboard/gateway")]);
        Assert.True(code == 0, said);
    }

    private async Task VerifyInTypeScriptAsync(byte[] proof, string rung)
    {
        string? root = Tools.Root;
        if (root is null || !Directory.Exists(Path.Combine(root, "clients/verify/node_modules")))
        {
            return;
        }

        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, proof, _limit.Token);
            (int code, string said) = await RunAsync(Path.Combine(root, "clients/verify"), ["--import", "tsx", "src/cli.ts", file]);
            Assert.True(code == 0 && said.Contains($"valid: {rung}", StringComparison.Ordinal), said);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task<(int Code, string Said)> RunAsync(string folder, string[] arguments)
    {
        ProcessStartInfo start = new("node") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(_limit.Token);
        string said = await process.StandardOutput.ReadToEndAsync(_limit.Token);
        await process.WaitForExitAsync(_limit.Token);
        return (process.ExitCode, said + await errors);
    }

    private async Task<JsonElement> UntilAsync(PreconfCloud cloud, string path, Func<JsonElement, bool> shows)
    {
        while (true)
        {
            using HttpResponseMessage response = await _http.GetAsync(new Uri(cloud.Address, path), _limit.Token);
            string text = await response.Content.ReadAsStringAsync(_limit.Token);
            using JsonDocument document = JsonDocument.Parse(text);
            if (response.IsSuccessStatusCode && shows(document.RootElement))
            {
                return document.RootElement.Clone();
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, _limit.Token);
        }
    }

    private Task<Hash256> SendAsync(PreconfCloud cloud, int account, ulong nonce) => _http.SendAsync(cloud, account, nonce, _limit.Token);
}
