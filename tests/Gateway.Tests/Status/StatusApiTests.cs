using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Proofs;

namespace Cloud.Gateway.Tests.Status;

public sealed class StatusApiTests
{
    private static readonly string[] Rungs = ["preconfirmed", "proposed", "attested", "checkpointed", "proven", "finalized"];
    private readonly SchemaCheck _schemas = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_resource_answers_what_the_document_says_while_a_transaction_climbs_the_ladder()
    {
        await using StatusChain chain = await StatusChain.StartAsync();
        await CheckAllAsync(chain, null);
        Hash256 hash = await chain.SendAsync(chain.Transfer(0, 0));
        Assert.Equal("pending", (await StateAsync(chain, hash, "pending")).GetProperty("state").GetString());
        await CheckAllAsync(chain, hash);
        await chain.ShowAsync(hash);
        await StateAsync(chain, hash, "preconfirmed");
        await CheckAllAsync(chain, hash);
        await chain.SealAsync();
        await StateAsync(chain, hash, "proposed");
        await CheckAllAsync(chain, hash);
        await chain.CertifyAsync();
        await StateAsync(chain, hash, "attested");
        await CheckAllAsync(chain, hash);
        CheckpointHeader header = await chain.ProposeCheckpointAsync();
        await chain.L1BlockAsync();
        await chain.LandAsync(header);
        await StateAsync(chain, hash, "checkpointed");
        await CheckAllAsync(chain, hash);
        await chain.FinalizeAsync();
        JsonElement final = await StateAsync(chain, hash, "finalized");
        await CheckAllAsync(chain, hash);
        Assert.Equal(["pending", .. Rungs], [.. final.GetProperty("rungs").EnumerateArray().Select(rung => rung.GetProperty("rung").GetString()!)]);
        JsonElement checkpoint = await chain.GetAsync("/api/v1/checkpoints/1");
        Assert.Equal("finalized", checkpoint.GetProperty("state").GetString());
        Assert.Equal(header.Hash.ToString(), checkpoint.GetProperty("hash").GetString());
        JsonElement slot = await chain.GetAsync($"/api/v1/slots/{chain.Slot}");
        Assert.Equal("checkpoint-mined", slot.GetProperty("result").GetString());
        JsonElement chunk = await chain.GetAsync($"/api/v1/slots/{chain.Slot}/chunks/0");
        Assert.Equal(hash.ToString(), chunk.GetProperty("transactionHashes")[0].GetString());
        Assert.Equal("sent", chunk.GetProperty("members")[0].GetProperty("attendance").GetString());
    }

    [Fact]
    public async Task Each_rung_has_a_proof_that_both_verifiers_accept_and_a_changed_one_is_refused()
    {
        await using StatusChain chain = await StatusChain.StartAsync();
        await chain.SendAsync(chain.Transfer(1, 0));
        Hash256 hash = await chain.SendAsync(chain.Transfer(0, 0));
        await ClimbAsync(chain);
        await StateAsync(chain, hash, "finalized");
        ProofTrust trust = new() { Context = chain.Genesis.Context, CommitteeCommitment = chain.Committee.Commitment(), SlotsPerEpoch = 32 };
        foreach (string rung in Rungs)
        {
            JsonElement proof = await chain.GetAsync($"/api/v1/transactions/{hash}/proof?rung={rung}");
            _schemas.Answers("/api/v1/transactions/{hash}/proof", proof);
            Assert.Equal(rung, proof.GetProperty("rungs").EnumerateArray().Last().GetProperty("status").GetString());
            byte[] text = JsonSerializer.SerializeToUtf8Bytes(proof);
            TransactionProof read = Assert.IsType<ProofReading.Ok>(TransactionProofJson.Read(text)).Proof;
            ProofVerdict verdict = new ProofVerifier(trust).Verify(read);
            Assert.True(verdict.IsValid, string.Join("; ", verdict.Rungs.Select(item => $"{item.Status} {item.Fault} {item.Detail}")));
            Assert.Equal(rung, verdict.Proven);
            Assert.Equal(rung == "preconfirmed" ? null : true, verdict.Succeeded);
            ProofVerdict other = new ProofVerifier(trust).Verify(read with { Transaction = Hash256.Parse($"0x{new string('1', 64)}") });
            Assert.False(other.IsValid);
            await VerifyInTypeScriptAsync(text, chain, rung);
        }
    }

    [Fact]
    public async Task What_does_not_exist_and_what_is_wrong_is_refused_with_a_problem_that_names_it()
    {
        await using StatusChain chain = await StatusChain.StartAsync();
        string hash = $"0x{new string('1', 64)}";
        foreach ((string path, HttpStatusCode status, string type) in ((string, HttpStatusCode, string)[])[
            ("slots/x", HttpStatusCode.BadRequest, "invalid-parameter"), ("slots/18446744073709551615", HttpStatusCode.NotFound, "not-found"), ("slots/0/chunks/9", HttpStatusCode.Gone, "pruned"), ("slots/1/chunks/9", HttpStatusCode.NotFound, "not-found"), ("slots/0", HttpStatusCode.Gone, "pruned"),
            ("slots/0/chunks/1024", HttpStatusCode.BadRequest, "invalid-parameter"), ("blocks/newest", HttpStatusCode.BadRequest, "invalid-parameter"), ("blocks/77", HttpStatusCode.NotFound, "not-found"),
            ($"transactions/{hash}", HttpStatusCode.NotFound, "not-found"), ("transactions/0x12", HttpStatusCode.BadRequest, "invalid-parameter"),
            ($"transactions/{hash}/proof", HttpStatusCode.NotFound, "not-found"), ($"transactions/{hash}/proof?rung=pending", HttpStatusCode.BadRequest, "invalid-parameter"),
            ("checkpoints/5", HttpStatusCode.NotFound, "not-found"), ("checkpoints/0x", HttpStatusCode.BadRequest, "invalid-parameter"), ("committee?epoch=-1", HttpStatusCode.BadRequest, "invalid-parameter"),
            ("committee?slots=257", HttpStatusCode.BadRequest, "invalid-parameter"), ("validators/0x00", HttpStatusCode.BadRequest, "invalid-parameter"),
            ($"validators/0x{new string('2', 40)}", HttpStatusCode.NotFound, "not-found"), ("slots?limit=0", HttpStatusCode.BadRequest, "invalid-parameter"), ("slots?limit=201", HttpStatusCode.BadRequest, "invalid-parameter"),
            ("slots?before=x", HttpStatusCode.BadRequest, "invalid-parameter"), ("search?q=", HttpStatusCode.BadRequest, "invalid-parameter"), ($"search?q={new string('a', 81)}", HttpStatusCode.BadRequest, "invalid-parameter"),
            ("events?types=nonsense", HttpStatusCode.BadRequest, "invalid-parameter"), ("events?after=nonsense", HttpStatusCode.BadRequest, "invalid-parameter"), ("events?transaction=0x1", HttpStatusCode.BadRequest, "invalid-parameter"),
            ("nothing", HttpStatusCode.NotFound, "not-found")])
        {
            JsonElement problem = await chain.GetAsync($"/api/v1/{path}", status);
            _schemas.Matches("Problem", problem);
            Assert.Equal($"/problems/{type}", problem.GetProperty("type").GetString());
            Assert.False(string.IsNullOrEmpty(problem.GetProperty("detail").GetString()));
        }

        using HttpRequestMessage far = new(HttpMethod.Get, "/api/v1/tips");
        far.Headers.Add("Preconf-Min-Position", "9.0");
        far.Headers.Add("Preconf-Wait", "0");
        using HttpResponseMessage refused = await chain.Http.SendAsync(far, Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task A_proof_of_a_rung_that_is_not_reached_is_refused()
    {
        await using StatusChain chain = await StatusChain.StartAsync();
        Hash256 hash = await chain.SendAsync(chain.Transfer(0, 0));
        await StateAsync(chain, hash, "pending");
        Assert.Equal("/problems/no-proof", (await chain.GetAsync($"/api/v1/transactions/{hash}/proof", HttpStatusCode.NotFound)).GetProperty("type").GetString());
        await chain.ShowAsync(hash);
        await StateAsync(chain, hash, "preconfirmed");
        await chain.GetAsync($"/api/v1/transactions/{hash}/proof");
        Assert.Equal("/problems/no-proof", (await chain.GetAsync($"/api/v1/transactions/{hash}/proof?rung=attested", HttpStatusCode.NotFound)).GetProperty("type").GetString());
    }

    [Fact]
    public async Task A_transaction_that_the_node_has_settled_goes_on_climbing_and_keeps_its_proofs()
    {
        await using StatusChain chain = await StatusChain.StartAsync();
        Hash256 hash = await chain.SendAsync(chain.Transfer(0, 0));
        await chain.SealAsync();
        await chain.CertifyAsync();
        CheckpointHeader header = await chain.ProposeCheckpointAsync();
        await chain.L1BlockAsync();
        await chain.LandAsync(header);
        await StateAsync(chain, hash, "checkpointed");
        for (int i = 0; i < 16; i++)
        {
            await chain.L1BlockAsync();
        }

        await StatusChain.UntilAsync(() => chain.Node.FindReport(hash) is { History.IsEmpty: true });
        await chain.GetAsync($"/api/v1/transactions/{hash}/proof?rung=checkpointed");
        await chain.FinalizeAsync();
        JsonElement final = await StateAsync(chain, hash, "finalized");
        _schemas.Answers("/api/v1/transactions/{hash}", final);
        JsonElement proof = await chain.GetAsync($"/api/v1/transactions/{hash}/proof");
        TransactionProof read = Assert.IsType<ProofReading.Ok>(TransactionProofJson.Read(JsonSerializer.SerializeToUtf8Bytes(proof))).Proof;
        Assert.Equal("finalized", new ProofVerifier().Verify(read).Proven);
    }

    [Fact]
    public async Task Search_finds_what_a_name_names()
    {
        await using StatusChain chain = await StatusChain.StartAsync();
        Hash256 hash = await chain.SendAsync(chain.Transfer(0, 0));
        await ClimbAsync(chain);
        await StateAsync(chain, hash, "finalized");
        Assert.Equal(["transaction"], await KindsAsync(hash.ToString()));
        Assert.Equal(["block"], await KindsAsync(chain.Node.View.Latest.Hash.ToString()));
        Assert.Contains("checkpoint", await KindsAsync("1"));
        Assert.Contains("block", await KindsAsync("1"));
        Assert.Contains("slot", await KindsAsync($"{chain.Slot}"));
        Assert.Equal(["chunk"], await KindsAsync($"{chain.Slot}/0"));
        Assert.Equal(["validator", "address"], await KindsAsync(chain.Validator.ToString()));
        Assert.Equal(["address"], await KindsAsync(chain.User(0).ToString()));
        Assert.Empty(await KindsAsync("gibberish"));
        JsonElement account = await chain.GetAsync($"/api/v1/addresses/{chain.User(0)}");
        Assert.Equal(hash.ToString(), account.GetProperty("transactions")[0].GetProperty("hash").GetString());

        async Task<string[]> KindsAsync(string query)
        {
            JsonElement result = await chain.GetAsync($"/api/v1/search?q={query}");
            _schemas.Answers("/api/v1/search", result);
            return [.. result.GetProperty("matches").EnumerateArray().Select(match => match.GetProperty("kind").GetString()!)];
        }
    }

    [Fact]
    public async Task An_unpublished_slot_breaks_its_promises_with_the_reason_and_is_a_reorganisation()
    {
        await using StatusChain chain = await StatusChain.StartAsync();
        Hash256 hash = await chain.SendAsync(chain.Transfer(0, 0));
        await chain.SealAsync();
        await StateAsync(chain, hash, "proposed");
        chain.Manual!.Advance(TimeSpan.FromSeconds(60));
        await chain.L1BlockAsync();
        JsonElement broken = await chain.GetUntilAsync("/api/v1/broken-promises", page => page.GetProperty("items").GetArrayLength() > 0);
        _schemas.Answers("/api/v1/broken-promises", broken);
        Assert.Equal(hash.ToString(), broken.GetProperty("items")[0].GetProperty("transaction").GetString());
        JsonElement reorgs = await chain.GetAsync("/api/v1/reorgs");
        _schemas.Answers("/api/v1/reorgs", reorgs);
        Assert.Equal("pruned", reorgs.GetProperty("items")[0].GetProperty("kind").GetString());
        JsonElement transaction = await chain.GetAsync($"/api/v1/transactions/{hash}");
        _schemas.Answers("/api/v1/transactions/{hash}", transaction);
        Assert.Equal(1, transaction.GetProperty("broken").GetArrayLength());
        Assert.Equal("pending", transaction.GetProperty("state").GetString());
        JsonElement overview = await chain.GetAsync("/api/v1/overview");
        Assert.Equal(1, overview.GetProperty("promises").GetProperty("broken").GetInt32());
        Assert.Equal("pruned", (await chain.GetAsync($"/api/v1/slots/{chain.Slot}/chunks/0")).GetProperty("state").GetString());
    }

    [Fact]
    public async Task Pages_are_newest_first_and_go_on_where_they_ended()
    {
        await using StatusChain chain = await StatusChain.StartAsync();
        chain.Manual!.Advance(TimeSpan.FromSeconds(12 * 9));
        List<int> seen = [];
        string path = "/api/v1/slots?limit=4";
        while (true)
        {
            JsonElement page = await chain.GetAsync(path);
            _schemas.Answers("/api/v1/slots", page);
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("slot").GetInt32()));
            if (page.GetProperty("next").ValueKind == JsonValueKind.Null)
            {
                break;
            }

            path = $"/api/v1/slots?limit=4&before={page.GetProperty("next").GetString()}";
        }

        Assert.Equal(Enumerable.Range(1, seen.Count).Reverse(), seen);
        Assert.InRange(seen.Count, 9, 12);
    }

    [Fact]
    public async Task The_document_is_served_and_describes_every_resource()
    {
        await using StatusChain chain = await StatusChain.StartAsync();
        JsonElement document = await chain.GetAsync("/api/v1/openapi.json");
        Assert.Equal(_schemas.Paths.GetRawText(), document.GetProperty("paths").GetRawText());
    }

    [Fact]
    public async Task R33_a_node_has_no_peers_to_report_and_the_tips_tell_how_far_it_follows()
    {
        await using StatusChain chain = await StatusChain.StartAsync();
        Assert.Equal("0x0", (await chain.ResultAsync("net_peerCount")).GetString());
        Assert.Equal(-32601, (await chain.ErrorAsync("admin_peers")).Code);
        await chain.SealAsync();
        string height = (await chain.ResultAsync("eth_blockNumber")).GetString()!;
        JsonElement tips = await chain.GetUntilAsync("/api/v1/tips", answer => $"0x{answer.GetProperty("proposed").GetProperty("number").GetUInt64():x}" == height);
        _schemas.Answers("/api/v1/tips", tips);
        Assert.Equal((await chain.ResultAsync("eth_getBlockByNumber", "latest", false)).GetProperty("hash").GetString(), tips.GetProperty("proposed").GetProperty("hash").GetString());
        Assert.Equal(0UL, tips.GetProperty("attested").GetProperty("number").GetUInt64());
    }

    [Fact]
    public async Task S52_nothing_is_under_construction_until_the_first_flashblock_and_nothing_after_the_seal()
    {
        await using StatusChain chain = await StatusChain.StartAsync();
        Assert.Equal(JsonValueKind.Null, (await chain.GetAsync("/api/v1/tips")).GetProperty("pending").ValueKind);
        Assert.Null(chain.Node.View.Pending);
        await chain.FlashblockAsync();
        JsonElement pending = (await chain.GetUntilAsync("/api/v1/tips", tips => tips.GetProperty("pending").ValueKind != JsonValueKind.Null)).GetProperty("pending");
        Assert.Equal((1UL, 0U), (pending.GetProperty("block").GetUInt64(), pending.GetProperty("flashblock").GetUInt32()));
        await chain.SealAsync();
        await chain.GetUntilAsync("/api/v1/tips", tips => tips.GetProperty("pending").ValueKind == JsonValueKind.Null);
        Assert.Null(chain.Node.View.Pending);
    }

    internal static async Task ClimbAsync(StatusChain chain)
    {
        await chain.FlashblockAsync();
        await chain.SealAsync();
        await chain.CertifyAsync();
        CheckpointHeader header = await chain.ProposeCheckpointAsync();
        await chain.L1BlockAsync();
        await chain.LandAsync(header);
        await chain.FinalizeAsync();
    }

    private static async Task<JsonElement> StateAsync(StatusChain chain, Hash256 hash, string state) =>
        await chain.GetUntilAsync($"/api/v1/transactions/{hash}", transaction => transaction.GetProperty("state").GetString() == state);

    private static async Task VerifyInTypeScriptAsync(byte[] proof, StatusChain chain, string rung)
    {
        string? root = Tools.Root;
        Assert.SkipWhen(root is null || !Directory.Exists(Path.Combine(root, "clients/verify/node_modules")), "clients/verify is not installed: run ./test.sh once");
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, proof, Token);
            ProcessStartInfo start = new("node") { WorkingDirectory = Path.Combine(root!, "clients/verify"), RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (string argument in (string[])["--import", "tsx", "src/cli.ts", file, "--chain", "901", "--committee", chain.Committee.Commitment().ToString(), "--slots-per-epoch", "32", "--json"])
            {
                start.ArgumentList.Add(argument);
            }

            using Process process = Process.Start(start)!;
            string output = await process.StandardOutput.ReadToEndAsync(Token);
            string errors = await process.StandardError.ReadToEndAsync(Token);
            await process.WaitForExitAsync(Token);
            Assert.True(process.ExitCode == 0, $"{rung}: {output} {errors}");
            using JsonDocument verdict = JsonDocument.Parse(output);
            Assert.Equal(rung, verdict.RootElement.GetProperty("proven").GetString());
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task CheckAllAsync(StatusChain chain, Hash256? transaction)
    {
        foreach (string path in _schemas.Paths.EnumerateObject().Select(path => path.Name))
        {
            if (path is "/api/v1/events" or "/api/v1/events/ws" or "/api/v1/openapi.json" or "/api/v1/search" or "/api/v1/transactions/{hash}/proof"
                || (transaction is null && path.Contains("{hash}", StringComparison.Ordinal))
                || (path.Contains("{chunk}", StringComparison.Ordinal) && chain.Node.View.PendingBlocks.IsEmpty && chain.Node.View.Latest.Number == 0)
                || (path.Contains("{block}", StringComparison.Ordinal) && chain.Node.View.PendingBlocks.IsEmpty && chain.Node.View.Latest.Number == 0)
                || path.Contains("{checkpoint}", StringComparison.Ordinal))
            {
                continue;
            }

            string address = path.Contains("validators", StringComparison.Ordinal) ? chain.Validator.ToString() : chain.User(0).ToString();
            string concrete = path.Replace("{slot}", $"{chain.Slot}", StringComparison.Ordinal).Replace("{chunk}", "0", StringComparison.Ordinal).Replace("{block}", "pending", StringComparison.Ordinal)
                .Replace("{hash}", transaction?.ToString(), StringComparison.Ordinal).Replace("{address}", address, StringComparison.Ordinal);
            _schemas.Answers(path, await chain.GetAsync(concrete));
        }
    }
}
