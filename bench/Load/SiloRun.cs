using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Signing;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Genesis;
using Cloud.Settlement.L1;
using Cloud.Silo.Rollups;
using Cloud.Testing;
using Cloud.Testing.L1;

namespace Cloud.Load;

/// <summary>Several silos of one rollup and a gateway as processes of their own, on Orleans and PostgreSQL, under load by JSON-RPC; again and again one silo is killed with -9 and started again. What the gateway had shown must be in the chain, and nothing signed twice.</summary>
internal sealed class SiloRun(SiloRunOptions options) : IDisposable
{
    private const int Users = 300;
    private const int Batch = 50;
    private static readonly Address Sink = Address.Parse(new string('d', 40));
    private static readonly UInt256 Funds = UInt256.Parse("10000000000000000000000");
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private readonly string _operatorKey = Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(24));
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private readonly Process?[] _processes = new Process?[options.Silos + 1];
    private readonly TestAccount[] _users = [.. Enumerable.Range(0, Users).Select(TestAccount.Of)];
    private readonly ulong[] _nonces = new ulong[Users];
    private readonly ConcurrentDictionary<string, DateTimeOffset> _accepted = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ulong> _shown = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _signed = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<double> _latencies = [];
    private readonly ConcurrentBag<string> _doubles = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("preconf-silos-").FullName;
    private readonly ConcurrentDictionary<string, int> _refusals = new(StringComparer.Ordinal);
    private int _refused;
    private long _failed;

    private string Gateway => $"http://127.0.0.1:{options.Port}";

    internal async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        await using LocalL1 l1 = await LocalL1.StartAsync(Path.Combine(_folder, "l1"), DateTimeOffset.UtcNow, cancellationToken: cancellationToken);
        await l1.RunAsync(TimeSpan.FromSeconds(1), cancellationToken);
        RollupDeployment deployment = await DeployAsync(l1.Client, cancellationToken);
        for (int silo = 1; silo <= options.Silos; silo++)
        {
            Start(silo, l1.Address);
        }

        Start(0, l1.Address);
        await UntilAsync(async () => (await _http.GetAsync($"{Gateway}/health/live", cancellationToken)).IsSuccessStatusCode, "the gateway answers", cancellationToken);
        await UntilAsync(async () => (await AskAsync("eth_blockNumber", [], cancellationToken))?.GetValue<string>() is { Length: > 0 }, "the chain stands", cancellationToken);
        using CancellationTokenSource watching = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task watch = WatchAsync(watching.Token);
        using CancellationTokenSource sending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task send = SendAsync(deployment.Genesis.Chain.ChainId, sending.Token);
        ChainWalk chain = new(_http, new Uri($"{Gateway}/rpc"));
        Task follow = chain.FollowAsync(TimeSpan.FromSeconds(2), sending.Token);
        Console.WriteLine($"{options.Silos} silos and a gateway run; logs in {_folder}");
        for (int kill = 1; kill <= options.Kills; kill++)
        {
            await Task.Delay(options.Every, cancellationToken);
            int silo = 1 + ((kill - 1) % options.Silos);
            Kill(silo);
            Console.WriteLine($"kill {kill}, silo {silo}: {_accepted.Count} accepted, {_shown.Count} shown, {_doubles.Count} signed twice");
            await Task.Delay(options.Down, cancellationToken);
            Start(silo, l1.Address);
        }

        if (options.Outage is { } outage)
        {
            await Task.Delay(options.Every, cancellationToken);
            await SufferAsync(outage, cancellationToken);
        }

        await Task.Delay(options.Every, cancellationToken);
        await sending.CancelAsync();
        await send;
        try
        {
            await follow;
        }
        catch (OperationCanceledException)
        {
            // It follows for as long as there is load.
        }

        Console.WriteLine($"sent: {_accepted.Count} accepted, {_refused} refused, {_failed} requests failed; waiting until all of it is on L1");
        (int lost, int moved) = await SettleAsync(chain, cancellationToken);
        Console.WriteLine($"on L1 up to block {chain.Number}; asking for {options.Validators} signing ledgers");
        await watching.CancelAsync();
        await watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        (int duties, int twice) = await AuditAsync(deployment, cancellationToken);
        int broken = await CountAsync("/api/v1/broken-promises", cancellationToken);
        int evidence = await CountAsync("/api/v1/evidence", cancellationToken);
        Percentiles shown = Percentiles.Of(_latencies);
        Console.WriteLine(
            $"{options.Kills} kills, {_accepted.Count} accepted, {_shown.Count} shown, {lost} not on L1, {moved} in another block than was shown, {broken} promises broken, {_signed.Count} flashblocks, {_doubles.Count} signed twice; "
            + $"ledgers: {duties} duties, {twice} twice; evidence: {evidence}; shown after {shown.P50:F0} ms (half), {shown.P99:F0} ms (99 of 100)");
        foreach ((string refusal, int count) in _refusals)
        {
            Console.WriteLine($"refused {count} times: {refusal}");
        }

        foreach (string pair in _doubles)
        {
            Console.WriteLine($"signed twice: {pair}");
        }

        return lost + moved + broken + _doubles.Count + twice + evidence == 0 && !_shown.IsEmpty ? 0 : 1;
    }

    public void Dispose()
    {
        for (int process = 0; process < _processes.Length; process++)
        {
            Kill(process);
        }

        _http.Dispose();
    }

    private async Task<RollupDeployment> DeployAsync(IL1Client client, CancellationToken cancellationToken)
    {
        string folder = Path.Combine(_folder, "rollup");
        Directory.CreateDirectory(folder);
        RollupPlan plan = PreconfCloudOptions.Quick with
        {
            L1Slot = TimeSpan.FromSeconds(1),
            Slot = TimeSpan.FromSeconds(12),
            Chunk = TimeSpan.FromSeconds(2),
            CommitteeSize = options.Validators,
            Accounts = [.. _users.Select(user => new GenesisAccount(user.Address, Funds))],
        };
        RollupKeys keys = RollupKeys.LoadOrCreate(Path.Combine(folder, RollupKeys.FileName), plan.CommitteeSize);
        RollupProvisioner provisioner = new(client, AnvilProcess.ChainId, LocalL1.Rich, TimeSpan.FromMilliseconds(250), TimeProvider.System);
        L1Block head = (await client.GetBlockAsync(BlockTag.Latest, cancellationToken)).Require()!;
        DateTimeOffset genesis = DateTimeOffset.FromUnixTimeSeconds((long)head.Timestamp) + RollupProvisioner.TimeFor(plan);
        if (await provisioner.DeployAsync(plan, keys, genesis, null, Console.WriteLine, cancellationToken) is not ProvisioningOutcome.Deployed { Deployment: var deployment })
        {
            throw new InvalidOperationException("The rollup was not deployed.");
        }

        deployment.Save(folder);
        return deployment;
    }

    /// <summary>Number 0 is the gateway.</summary>
    private void Start(int number, Uri l1)
    {
        string folder = Path.Combine(_folder, $"{number}");
        Directory.CreateDirectory(folder);
        foreach (string file in (string[])["rollup.json", "genesis.json", .. number == 0 ? [] : new[] { RollupKeys.FileName }])
        {
            File.Copy(Path.Combine(_folder, "rollup", file), Path.Combine(folder, file), overwrite: true);
        }

        ProcessStartInfo start = new("/bin/sh");
        string log = Path.Combine(_folder, $"{number}.log");
        foreach (string argument in (string[])["-c", "exec dotnet \"$@\" >>\"$LOG\" 2>&1", "sh", options.Program, "--data", folder, "--l1", l1.ToString(), "--listen", $"http://127.0.0.1:{options.Port + number}"])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["LOG"] = log;
        start.Environment["Silo__Role"] = number == 0 ? "Gateway" : "Silo";
        start.Environment["Silo__ClusterId"] = Path.GetFileName(_folder);
        start.Environment["Silo__ServiceId"] = Path.GetFileName(_folder);
        start.Environment["Silo__GrainStorage"] = "PostgreSql";
        start.Environment["Silo__StorageConnection"] = options.Database;
        start.Environment["Silo__AdvertisedAddress"] = "127.0.0.1";
        start.Environment["Silo__SiloPort"] = $"{options.Port + 100 + number}";
        start.Environment["Silo__ClientPort"] = $"{options.Port + 200 + number}";
        start.Environment["Gateway__Keys__OperatorKey"] = _operatorKey;
        if (options.Logs)
        {
            start.Environment["Logging__LogLevel__Cloud"] = "Information";
        }

        _processes[number] = Process.Start(start);
    }

    private void Kill(int number)
    {
        if (_processes[number] is { } process)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
            _processes[number] = null;
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> condition, string what, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                if (await condition())
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // Not yet.
            }

            if (Stopwatch.GetElapsedTime(begin) > Patience)
            {
                throw new TimeoutException($"It did not come to it that {what}.");
            }

            await Task.Delay(500, cancellationToken);
        }
    }

    private async Task<JsonNode?> AskAsync(string method, JsonArray parameters, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await _http.PostAsJsonAsync(
            $"{Gateway}/rpc", new JsonObject { ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = method, ["params"] = parameters }, cancellationToken);
        return (await response.Content.ReadFromJsonAsync<JsonNode>(cancellationToken))?["result"];
    }

    /// <summary>Takes the database away for a while and tells what users and operators see of it.</summary>
    private async Task SufferAsync(DatabaseOutage outage, CancellationToken cancellationToken)
    {
        await ShellAsync(outage.Stop, cancellationToken);
        long begin = Stopwatch.GetTimestamp();
        Console.WriteLine($"the database is down: {Present()}");
        while (Stopwatch.GetElapsedTime(begin) < outage.Duration)
        {
            await Task.Delay(TimeSpan.FromSeconds(5), cancellationToken);
            Console.WriteLine($"down for {Stopwatch.GetElapsedTime(begin).TotalSeconds:F0} s: {Present()}; {await HealthAsync(cancellationToken)}");
        }

        int before = _signed.Count;
        await ShellAsync(outage.Start, cancellationToken);
        begin = Stopwatch.GetTimestamp();
        Console.WriteLine($"the database is up: {Present()}");
        await UntilAsync(() => Task.FromResult(_signed.Count > before), "a flashblock is shown after the database came back", cancellationToken);
        Console.WriteLine($"the first flashblock {Stopwatch.GetElapsedTime(begin).TotalSeconds:F1} s after the database came back");
        await UntilAsync(async () => (await _http.GetAsync($"{Gateway}/health/ready", cancellationToken)).IsSuccessStatusCode, "the gateway is ready again", cancellationToken);
        Console.WriteLine($"the gateway is ready {Stopwatch.GetElapsedTime(begin).TotalSeconds:F1} s after the database came back");
    }

    private string Present() => $"{_accepted.Count} accepted, {_shown.Count} shown in {_signed.Count} flashblocks, {_refused} refused, {_failed} requests failed";

    private async Task<string> HealthAsync(CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await _http.GetAsync($"{Gateway}/health/ready", cancellationToken);
        return $"/health/ready {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(cancellationToken)}";
    }

    private static async Task ShellAsync(string command, CancellationToken cancellationToken)
    {
        using Process process = Process.Start(new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", command }, RedirectStandardOutput = true })!;

        // A server that the command starts keeps the pipe: what it says is not waited for.
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"'{command}' ended with {process.ExitCode}.");
        }
    }

    /// <summary>What users see: each flashblock, as the gateway streams it.</summary>
    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[4 << 20];
        while (!cancellationToken.IsCancellationRequested)
        {
            using ClientWebSocket socket = new();
            try
            {
                await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{options.Port}/flashblocks?frames=text"), cancellationToken);
                while (true)
                {
                    int length = 0;
                    ValueWebSocketReceiveResult part;
                    do
                    {
                        part = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
                        length += part.Count;
                    }
                    while (!part.EndOfMessage);
                    if (part.MessageType == WebSocketMessageType.Close)
                    {
                        break;
                    }

                    Take(JsonNode.Parse(Encoding.UTF8.GetString(buffer, 0, length))!, DateTimeOffset.UtcNow);
                }
            }
            catch (WebSocketException)
            {
                await Task.Delay(100, cancellationToken);
            }
        }
    }

    private void Take(JsonNode frame, DateTimeOffset at)
    {
        string position = $"{frame["slot"]}/{frame["chunk"]}/{frame["index"]}";
        string signature = frame["signature"]!.ToString();
        if (_signed.GetOrAdd(position, signature) is { } known && known != signature)
        {
            _doubles.Add($"{position}: {known} and {signature}");
        }

        ulong block = frame["metadata"]!["block_number"]!.GetValue<ulong>();
        foreach (JsonNode? raw in frame["diff"]!["transactions"]!.AsArray())
        {
            string hash = Keccak256.Hash(Hex.Decode(raw!.GetValue<string>())).ToString();

            // What counts is where it was shown first.
            if (_shown.TryAdd(hash, block) && _accepted.TryGetValue(hash, out DateTimeOffset sent))
            {
                _latencies.Add((at - sent).TotalMilliseconds);
            }
        }
    }

    private async Task SendAsync(ulong chainId, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        long sent = 0;
        List<Task> open = [];
        while (!cancellationToken.IsCancellationRequested)
        {
            long due = (long)(Stopwatch.GetElapsedTime(begin).TotalSeconds * options.Tps);
            while (sent < due)
            {
                List<Transaction> batch = [];
                for (; sent < due && batch.Count < Batch; sent++)
                {
                    int user = (int)(sent % Users);
                    batch.Add(_users[user].Sign(new TransactionFields
                    {
                        Type = TransactionType.DynamicFee,
                        ChainId = chainId,
                        Nonce = _nonces[user]++,
                        GasLimit = 21_000,
                        MaxFeePerGas = 10_000_000_000,
                        MaxPriorityFeePerGas = 1_000_000,
                        To = Sink,
                        Value = 1,
                    }));
                }

                open.Add(SubmitAsync(batch));
            }

            open.RemoveAll(static task => task.IsCompletedSuccessfully);
            await Task.Delay(20, CancellationToken.None);
        }

        await Task.WhenAll(open);
    }

    /// <summary>Sends until each is accepted: what came after one that was not would wait for its nonce for ever.</summary>
    private async Task SubmitAsync(List<Transaction> batch)
    {
        for (long begin = Stopwatch.GetTimestamp(); batch.Count > 0 && Stopwatch.GetElapsedTime(begin) < Patience;)
        {
            batch = await SubmitOnceAsync(batch);
            if (batch.Count > 0)
            {
                await Task.Delay(1_000);
            }
        }
    }

    /// <summary>Sends once.</summary>
    /// <returns>What was not accepted.</returns>
    private async Task<List<Transaction>> SubmitOnceAsync(List<Transaction> batch)
    {
        foreach (Transaction transaction in batch)
        {
            _accepted[transaction.Hash.ToString()] = DateTimeOffset.UtcNow;
        }

        List<Transaction> again = [];
        JsonArray calls = [.. batch.Select((transaction, id) => new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = "eth_sendRawTransaction", ["params"] = new JsonArray(Hex.Encode(transaction.Raw.Span)) })];
        try
        {
            using HttpResponseMessage response = await _http.PostAsJsonAsync($"{Gateway}/rpc", calls);
            foreach (JsonNode? answer in (await response.Content.ReadFromJsonAsync<JsonArray>())!)
            {
                if (answer!["error"] is { } error && error["message"]!.GetValue<string>() is { } why && why != "already known" && !why.StartsWith("nonce too low", StringComparison.Ordinal))
                {
                    again.Add(batch[answer["id"]!.GetValue<int>()]);
                    Interlocked.Increment(ref _refused);
                    if (_refusals.AddOrUpdate($"{error["code"]} {string.Concat(why.Where(character => !char.IsAsciiDigit(character)))}", 1, static (_, count) => count + 1) == 1)
                    {
                        Console.WriteLine($"refused: {error.ToJsonString()}");
                    }
                }
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or JsonException)
        {
            // Nobody knows whether these were accepted.
            Interlocked.Increment(ref _failed);
            again.AddRange(batch);
        }

        // They count as not accepted, but if they were shown, they must stay.
        foreach (Transaction transaction in again)
        {
            _accepted.TryRemove(transaction.Hash.ToString(), out _);
        }

        return again;
    }

    /// <summary>Waits until whatever was accepted or shown is on L1.</summary>
    private async Task<(int Lost, int Moved)> SettleAsync(ChainWalk chain, CancellationToken cancellationToken)
    {
        List<string> open = [.. _accepted.Keys.Union(_shown.Keys)];
        long begin = Stopwatch.GetTimestamp();
        for (int round = 1; Stopwatch.GetElapsedTime(begin) < Patience; round++)
        {
            // The last reading comes after the last look, so that what was found early is known to be there still.
            if (await chain.TryAdvanceAsync(cancellationToken) && open.TrueForAll(hash => chain.TryFind(hash, out _)) && await chain.TryAdvanceAsync(cancellationToken))
            {
                break;
            }

            if (round % 5 == 0)
            {
                Console.WriteLine($"{open.Count(hash => !chain.TryFind(hash, out _))} of {open.Count} are not on L1 yet, whose newest block is {chain.Number}");
            }

            await Task.Delay(2_000, cancellationToken);
        }

        int lost = 0;
        int moved = 0;
        foreach (string hash in open)
        {
            bool isShown = _shown.TryGetValue(hash, out ulong shown);
            if (!chain.TryFind(hash, out ulong block))
            {
                if (lost++ < 5)
                {
                    Console.WriteLine($"not on L1: {hash}, {(isShown ? $"shown in block {shown}" : "never shown")}");
                }
            }
            else if (isShown && shown != block && moved++ < 5)
            {
                Console.WriteLine($"moved: {hash}, shown in block {shown}, now in block {block}");
            }
        }

        return (lost, moved);
    }

    private async Task<(int Duties, int Twice)> AuditAsync(RollupDeployment deployment, CancellationToken cancellationToken)
    {
        int duties = 0;
        int twice = 0;
        foreach (Address validator in deployment.Genesis.Validators)
        {
            using HttpRequestMessage request = new(HttpMethod.Get, $"{Gateway}/operator/v1/validators/{validator}/ledger");
            request.Headers.Authorization = new("Bearer", _operatorKey);
            using HttpResponseMessage response = await _http.SendAsync(request, cancellationToken);
            if (SigningInterchange.Read(await response.Content.ReadAsByteArrayAsync(cancellationToken)) is InterchangeReading.Ok { History: var history })
            {
                duties += history.Validators.Sum(one => one.Signed.Length);
                twice += history.Validators.Sum(one => one.Signed.Count(signed => signed.SigningRoot is null));
            }
        }

        return (duties, twice);
    }

    private async Task<int> CountAsync(string path, CancellationToken cancellationToken)
    {
        JsonNode? page = await _http.GetFromJsonAsync<JsonNode>($"{Gateway}{path}", cancellationToken);
        JsonArray items = page as JsonArray ?? page?["items"]?.AsArray() ?? page?.AsObject().Select(pair => pair.Value).OfType<JsonArray>().FirstOrDefault() ?? [];
        foreach (JsonNode? item in items.Take(3))
        {
            Console.WriteLine($"{path}: {item!.ToJsonString()[..Math.Min(400, item.ToJsonString().Length)]}");
        }

        return items.Count;
    }
}
