using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Cloud.Gateway.Tests.Status;
using Cloud.Testing.L1;

namespace Cloud.Host.Tests;

[Trait("Category", "EndToEnd")]
public sealed class HostTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("host-tests").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task It_starts_answers_and_stops_at_Ctrl_C_and_starts_again_on_the_same_folder_but_not_as_another_rollup()
    {
        for (int run = 0; run < 2; run++)
        {
            using HostProcess host = new(_data, HostProcess.FreePort());
            await host.StartedAsync();
            using HttpClient client = new() { BaseAddress = host.Address };
            using JsonDocument ready = JsonDocument.Parse(await client.GetStringAsync("/health/ready", TestContext.Current.CancellationToken));
            Assert.Equal("ok", ready.RootElement.GetProperty("status").GetString());
            using HttpResponseMessage unknown = await client.GetAsync("/no-such-file.txt", TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
            Assert.Equal("0x1cbd", (await host.AskAsync(client, "eth_chainId")).GetString());
            host.Interrupt();
            Assert.Equal((0, ""), await host.EndedAsync());
        }

        await RefusedAsync("a committee of 4", "--committee", "5");
        await using AnvilProcess other = await AnvilProcess.StartAsync(["--timestamp", "1700000000", "--block-time", "1"], TestContext.Current.CancellationToken);
        await RefusedAsync("is not on this L1", "--l1", other.Address.ToString());
        await using AnvilProcess wrong = await AnvilProcess.StartAsync(["--chain-id", "5"], TestContext.Current.CancellationToken);
        await RefusedAsync("holds a rollup on L1 chain 31337", "--l1", wrong.Address.ToString());

        // What is left of one rollup beside the papers of another one.
        foreach (string file in (string[])["rollup.json", "genesis.json", "keys.json", "clock"])
        {
            File.Delete(Path.Combine(_data, file));
        }

        Directory.Delete(Path.Combine(_data, "l1"), recursive: true);
        await RefusedAsync("belongs to another rollup");
    }

    [Theory]
    [InlineData(-3600, "the clock is ahead, or L1 makes no blocks")]
    [InlineData(3600, "the clock is behind")]
    public async Task A_clock_that_differs_from_L1s_is_named_before_anything_is_deployed(int seconds, string sentence)
    {
        string time = (TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + seconds).ToString(CultureInfo.InvariantCulture);
        await using AnvilProcess skewed = await AnvilProcess.StartAsync(["--timestamp", time], TestContext.Current.CancellationToken);
        await RefusedAsync(sentence, "--l1", skewed.Address.ToString());
        Assert.False(File.Exists(Path.Combine(_data, "rollup.json")));
    }

    [Fact]
    public async Task A_key_for_L1_that_is_none_is_refused_and_not_replaced_by_another_one()
    {
        using HostProcess host = new(_data, HostProcess.FreePort(), new Dictionary<string, string> { ["PRECONF_L1_KEY"] = "0xsecret" }, "--l1", "http://127.0.0.1:9");
        (int exitCode, string errors) = await host.EndedAsync();
        Assert.Equal(1, exitCode);
        Assert.Contains("PRECONF_L1_KEY holds no private key", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Silo__Role", "Gateway", "Silo:Role Gateway is for a cluster")]
    [InlineData("Silo__Role", "Chef", "Silo:Role")]
    [InlineData("Silo__GrainStorage", "Azure", "Silo:GrainStorage Azure is not available in this build")]
    [InlineData("Silo__ClusterId", "a/b", "Silo:ClusterId must have 1 to 63")]
    public async Task A_wrong_setting_is_refused_by_name_before_anything_is_started(string variable, string value, string sentence)
    {
        using HostProcess host = new(_data, HostProcess.FreePort(), new Dictionary<string, string> { [variable] = value });
        (int exitCode, string errors) = await host.EndedAsync();
        Assert.Equal(1, exitCode);
        Assert.Contains(sentence, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_data, "l1")));
    }

    [Fact]
    public async Task Keys_are_sealed_by_a_password_and_a_start_without_it_is_refused()
    {
        string password = Path.Combine(_data, "password");
        string data = Path.Combine(_data, "chain");
        await File.WriteAllTextAsync(password, "correct horse\n", TestContext.Current.CancellationToken);
        for (int run = 0; run < 2; run++)
        {
            // The first run makes the keys open, the second one seals them.
            using HostProcess host = new(data, HostProcess.FreePort(), run == 0 ? [] : ["--password-file", password]);
            await host.StartedAsync();
            host.Interrupt();
            Assert.Equal((0, ""), await host.EndedAsync());
        }

        Assert.DoesNotContain("validators", await File.ReadAllTextAsync(Path.Combine(data, "keys.json"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using HostProcess closed = new(data, HostProcess.FreePort());
        (int exitCode, string errors) = await closed.EndedAsync();
        Assert.Equal(1, exitCode);
        Assert.Contains("The keys are sealed, and no password is given.", errors, StringComparison.Ordinal);
        Assert.Contains("--password-file", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unattended_run_reports_what_was_promised_and_what_it_cost()
    {
        string file = Path.Combine(_data, "report.json");
        using HostProcess host = new(Path.Combine(_data, "chain"), HostProcess.FreePort(), "--duration", "5s", "--tps", "10", "--report", file);
        (int exitCode, string errors) = await host.EndedAsync();
        using JsonDocument report = JsonDocument.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        string[] keys =
        [
            "submitted", "lost", "broken", "preconfirmedMs", "proposedMs", "attestedMs", "checkpointedMs", "chunks", "checkpointsLanded", "l1GasPerPropose", "l1GasPerTx", "blobFill",
            "maxChunkGapMs", "rssMiB", "reorgs",
        ];
        Assert.Empty(keys.Except(report.RootElement.EnumerateObject().Select(property => property.Name)));
        Assert.True(report.RootElement.GetProperty("submitted").GetInt32() > 0);
        Assert.True(report.RootElement.GetProperty("checkpointedMs").GetProperty("p50").GetDouble() > 0);
        Assert.InRange(report.RootElement.GetProperty("l1GasPerPropose").GetDouble(), 21_000, 60_000);

        // On a machine that is too slow for its slots promises are broken, and then the exit code says so.
        bool isGood = report.RootElement.GetProperty("lost").GetInt32() == 0 && report.RootElement.GetProperty("broken").GetInt32() == 0;
        Assert.Equal((isGood ? 0 : 3, isGood), (exitCode, errors.Length == 0));
    }

    [Theory]
    [InlineData("Unrecognized command or argument '--no-such-option'", "--no-such-option")]
    [InlineData("--duration is 'soon'; it is a duration", "--duration", "soon")]
    [InlineData("--committee is '129'; it is a number from 1 to 128", "--committee", "129")]
    [InlineData("--profile is 'fast'; it is continuous, pipelined or sequential", "--profile", "fast")]
    [InlineData("--report needs --duration", "--report", "x.json")]
    [InlineData("--slot", "--slot", "13s")]
    [InlineData("--l1 is 'here'; it is an http or https address", "--l1", "here")]
    [InlineData("L1 does not answer", "--l1", "http://127.0.0.1:9")]
    public Task A_wrong_option_is_refused_in_a_sentence_with_a_remedy(string sentence, params string[] arguments) => RefusedAsync(sentence, arguments);

    [Fact]
    public async Task A_second_process_on_the_same_folder_is_told_who_owns_it()
    {
        using HostProcess first = new(_data, HostProcess.FreePort());
        await first.StartedAsync();
        using HostProcess second = new(_data, HostProcess.FreePort());
        (int exitCode, string errors) = await second.EndedAsync();
        Assert.Equal(1, exitCode);
        Assert.Contains("Only one process may use this folder", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_disk_ends_the_program_with_the_remedy_and_with_room_it_goes_on()
    {
        // A file system of a few megabytes in a mount namespace of its own, for all but the local L1; the script gives it more once the program has ended.
        const string Script = """
            mkdir -p "$1/chain/replica" && mount -t tmpfs -o size=3m tmpfs "$1/chain/replica" || exit 42
            env --default-signal=INT dotnet "$2" --data "$1/chain" --listen "http://127.0.0.1:$3" --tps 100 && exit 43
            code=$?
            mount -o remount,size=200m "$1/chain/replica" || exit 42
            env --default-signal=INT dotnet "$2" --data "$1/chain" --listen "http://127.0.0.1:$3" --duration 1s --tps 5 >&2 || exit 44
            exit $code
            """;
        (int possible, _, _) = await Command.RunAsync(_data, new Dictionary<string, string?>(), "unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", _data);
        Assert.SkipWhen(possible != 0, "this machine lets nobody mount a file system of his own (unshare -rm)");
        string program = Path.Combine(AppContext.BaseDirectory, "preconf-cloud.dll");
        (int exitCode, _, string errors) = await Command.RunAsync(
            _data, new Dictionary<string, string?>(), "unshare", "-rm", "bash", "-c", Script, "bash", _data, program, HostProcess.FreePort().ToString(CultureInfo.InvariantCulture));
        Assert.True(exitCode == 1, $"{exitCode}: {errors}");
        Assert.Contains("No room to write", errors, StringComparison.Ordinal);
        Assert.Contains("Free disk space", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_start_needs_no_network()
    {
        string? root = Tools.Root;
        (int possible, _, _) = await Command.RunAsync(_data, new Dictionary<string, string?>(), "unshare", "-rn", "ip", "link", "set", "lo", "up");
        Assert.SkipWhen(root is null || possible != 0, "this machine lets nobody have a network of his own (unshare -rn, ip)");
        const string Script = "ip link set lo up && exec ./run.sh --no-build --data \"$1\" --listen \"http://127.0.0.1:$2\" --duration 1s --tps 5";
        (int exitCode, _, string errors) = await Command.RunAsync(
            root!, new Dictionary<string, string?>(), "unshare", "-rn", "bash", "-c", Script, "bash", _data, HostProcess.FreePort().ToString(CultureInfo.InvariantCulture));
        Assert.True(exitCode == 0, errors);
    }

    [Theory]
    [InlineData("node", "Node.js is missing", "install Node.js 20 or newer")]
    [InlineData("dotnet", "the .NET SDK is missing", "install .NET SDK 10")]
    public async Task The_script_names_a_tool_that_is_missing_and_where_it_comes_from(string tool, string sentence, string remedy)
    {
        Assert.SkipWhen(Tools.Root is null, "the repository is not here");
        string path = Path.Combine(_data, "path");
        Directory.CreateDirectory(path);
        foreach (string program in Environment.GetEnvironmentVariable("PATH")!.Split(':').Where(Directory.Exists).SelectMany(Directory.EnumerateFiles))
        {
            if (Path.GetFileName(program) != tool && !File.Exists(Path.Combine(path, Path.GetFileName(program))))
            {
                File.CreateSymbolicLink(Path.Combine(path, Path.GetFileName(program)), program);
            }
        }

        (int exitCode, string output, string errors) = await Command.RunAsync(Tools.Root!, new Dictionary<string, string?> { ["PATH"] = path }, "/bin/bash", "run.sh", "--data", Path.Combine(_data, "none"));
        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains(sentence, errors, StringComparison.Ordinal);
        Assert.Contains(remedy, errors, StringComparison.Ordinal);
    }

#if ORLEANS
    [Theory]
    [InlineData("Silo")]
    [InlineData("Gateway")]
    public async Task A_database_that_does_not_answer_is_named_with_the_remedy_before_any_stack_trace(string role)
    {
        await using AnvilProcess l1 = await AnvilProcess.StartAsync(["--block-time", "1"], TestContext.Current.CancellationToken);
        using (HostProcess deployed = new(_data, HostProcess.FreePort(), "--l1", l1.Address.ToString(), "--l1-block", "1s", "--slot", "12s", "--chunk", "2s"))
        {
            await deployed.StartedAsync();
            deployed.Interrupt();
            await deployed.EndedAsync();
        }

        Dictionary<string, string> cluster = new()
        {
            ["Silo__Role"] = role,
            ["Silo__GrainStorage"] = "PostgreSql",
            ["Silo__StorageConnection"] = $"Host=127.0.0.1;Port={HostProcess.FreePort()};Username=preconf;Database=preconf",
        };
        using HostProcess host = new(_data, HostProcess.FreePort(), cluster, "--l1", l1.Address.ToString());
        (int exitCode, string errors) = await host.EndedAsync();
        Assert.Equal(1, exitCode);
        Assert.StartsWith("error: The cluster's database cannot be used: ", errors, StringComparison.Ordinal);
        Assert.Contains("Silo:StorageConnection", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

#endif
    [Fact]
    public async Task A_port_that_is_taken_ends_the_program_with_the_remedy()
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        using HostProcess host = new(_data, ((IPEndPoint)taken.LocalEndpoint).Port);
        (int exitCode, string errors) = await host.EndedAsync();
        Assert.Equal(1, exitCode);
        Assert.Contains("choose another address with --listen", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    private async Task RefusedAsync(string sentence, params string[] arguments)
    {
        using HostProcess host = new(_data, HostProcess.FreePort(), arguments);
        (int exitCode, string errors) = await host.EndedAsync();
        Assert.NotEqual(0, exitCode);
        Assert.Contains(sentence, errors, StringComparison.Ordinal);
        Assert.StartsWith("error: ", errors, StringComparison.Ordinal);
        Assert.Equal(2, errors.TrimEnd().Split('\n').Length);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }
}
