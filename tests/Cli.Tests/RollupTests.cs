using System.Text.Json;
using Cloud.Testing;
using Cloud.Testing.L1;

namespace Cloud.Cli.Tests;

/// <summary>The commands that need an L1 or a gateway, against real ones.</summary>
[Trait("Category", "EndToEnd")]
public sealed class RollupTests : IDisposable
{
    private static readonly Dictionary<string, string?> Payer = new() { ["PRECONF_L1_KEY"] = TestAccount.Of(0).PrivateKey, ["PRECONF_L1"] = null, ["PRECONF_LOAD_KEY"] = null, ["PRECONF_API_KEY"] = null };

    private readonly string _folder = Directory.CreateTempSubdirectory("cli-rollup-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_rollup_is_deployed_inspected_run_loaded_and_watched()
    {
        await using AnvilProcess l1 = await AnvilProcess.StartAsync(["--block-time", "1"], TestContext.Current.CancellationToken);
        string url = l1.Address.ToString();
        string data = Path.Combine(_folder, "rollup");
        JsonElement deployed = await CloudProcess.JsonAsync(
            Payer, "deploy", "--l1", url, "--data", data, "--committee", "2", "--l1-block", "1s", "--slot", "12s", "--chunk", "2s", "--chain-id", "4242", "--fund", TestAccount.Of(0).Address.ToString());
        string rollup = deployed.GetProperty("rollup").GetString()!;

        JsonElement found = await CloudProcess.JsonAsync(Payer, "inspect", "--l1", url, "--data", data);
        Assert.Equal(rollup, found.GetProperty("rollup").GetString());
        Assert.Equal(("12", "2", "4", "30"), (Parameter(found, "slotDuration"), Parameter(found, "committeeSize"), Parameter(found, "epochSlots"), Parameter(found, "proofWindow")));
        Assert.Equal(deployed.GetProperty("prover").GetString(), found.GetProperty("verifier").GetProperty("provers").EnumerateArray().Single().GetString());
        string[] validators = [.. deployed.GetProperty("validators").EnumerateArray().Select(validator => validator.GetString()!).Order(StringComparer.Ordinal)];
        Assert.Equal(validators, found.GetProperty("validators").EnumerateArray().Select(validator => validator.GetProperty("address").GetString()!).Order(StringComparer.Ordinal));
        Assert.Equal(validators, found.GetProperty("committee").GetProperty("members").EnumerateArray().Select(member => member.GetString()!).Order(StringComparer.Ordinal));

        await CloudProcess.RefusedAsync("holds the rollup", "another folder", Payer, "deploy", "--l1", url, "--data", data, "--l1-block", "1s", "--slot", "12s", "--chunk", "2s");
        await CloudProcess.RefusedAsync("is no rollup of this product", "--l1", Payer, "inspect", "--l1", url, "--rollup", TestAccount.Of(1).Address.ToString());
        Dictionary<string, string?> poor = new(Payer) { ["PRECONF_L1_KEY"] = TestAccount.Of(20).PrivateKey };
        await CloudProcess.RefusedAsync(
            "was not sent", "has ETH on L1", poor, "deploy", "--l1", url, "--data", Path.Combine(_folder, "poor"), "--json", "--l1-block", "1s", "--slot", "12s", "--chunk", "2s");

        await using PreconfCloud cloud = await PreconfCloud.StartAsync(new PreconfCloudOptions { DataFolder = data, L1 = l1.Address }, TestContext.Current.CancellationToken);
        Assert.Equal(4242UL, cloud.ChainId);
        string gateway = cloud.Address.ToString();
        JsonElement load = await CloudProcess.JsonAsync(Payer, "load", "--url", gateway, "--tps", "10", "--duration", "3s", "--senders", "5", "--until", "proposed");
        Assert.InRange(load.GetProperty("submitted").GetInt32(), 5, 40);
        Assert.Equal((0, 0, true), (load.GetProperty("lost").GetInt32(), load.GetProperty("refused").GetInt32(), load.GetProperty("reached").GetBoolean()));
        Assert.True(load.GetProperty("preconfirmedMs").GetProperty("p50").GetDouble() > 0);
        JsonElement status = await CloudProcess.JsonAsync(Payer, "status", "--url", gateway);
        Assert.Equal(rollup, status.GetProperty("network").GetProperty("rollup").GetString());
        Dictionary<string, string?> penniless = new(Payer) { ["PRECONF_LOAD_KEY"] = TestAccount.Of(21).PrivateKey };
        await CloudProcess.RefusedAsync("has not enough on chain 4242", "send ETH on the L2", penniless, "load", "--json", "--url", gateway);
    }

    [Fact]
    public async Task Without_an_L1_or_a_key_or_with_options_that_do_not_fit_nothing_is_deployed()
    {
        string data = Path.Combine(_folder, "none");
        Dictionary<string, string?> keyless = new(Payer) { ["PRECONF_L1_KEY"] = null };
        await CloudProcess.RefusedAsync("no L1 is named", "--l1", Payer, "deploy", "--data", data);
        await CloudProcess.RefusedAsync("PRECONF_L1_KEY is not set", "--keystore", keyless, "deploy", "--data", data, "--l1", "http://127.0.0.1:1");
        await CloudProcess.RefusedAsync("Slot: 13", "change --slot", Payer, "deploy", "--data", data, "--l1", "http://127.0.0.1:1", "--slot", "13s");
        await CloudProcess.RefusedAsync("--committee is '129'", "--help", Payer, "deploy", "--committee", "129");
        await CloudProcess.RefusedAsync("--fund is 'me'", "--help", Payer, "deploy", "--fund", "me");
        Assert.False(Directory.Exists(data));
        await CloudProcess.RefusedAsync("cannot be reached", "--l1", Payer, "deploy", "--data", data, "--l1", "http://127.0.0.1:1");
        await CloudProcess.RefusedAsync("holds no rollup", "--rollup", Payer, "inspect", "--data", data, "--l1", "http://127.0.0.1:1");
        await CloudProcess.RefusedAsync("cannot be reached", "./run.sh", Payer, "load", "--url", "http://127.0.0.1:1");
        await CloudProcess.RefusedAsync("--tps is '0'", "--help", Payer, "load", "--tps", "0");
        await CloudProcess.RefusedAsync("--until", "--help", Payer, "load", "--until", "soon");
    }

    private static string Parameter(JsonElement found, string name) => found.GetProperty("parameters").GetProperty(name).GetString()!;
}
