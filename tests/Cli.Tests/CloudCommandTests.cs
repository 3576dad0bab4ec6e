using System.Text.Json;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Signing;
using Spectre.Console;

namespace Cloud.Cli.Tests;

public sealed class CloudCommandTests : IDisposable
{
    private static readonly string Sample = Path.Combine(AppContext.BaseDirectory, "sample-proof.json");

    private readonly string _folder = Directory.CreateTempSubdirectory("cli-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("verify")]
    [InlineData("status")]
    [InlineData("tx")]
    [InlineData("ledger")]
    [InlineData("ledger check")]
    [InlineData("ledger export")]
    [InlineData("ledger import")]
    [InlineData("doctor")]
    [InlineData("keys")]
    [InlineData("keys create")]
    [InlineData("keys import")]
    [InlineData("keys list")]
    [InlineData("deploy")]
    [InlineData("inspect")]
    [InlineData("load")]
    public async Task Every_command_has_help(string command)
    {
        (int code, string output, string errors) = await RunAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("Description:", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_right_proof_is_right_and_names_what_to_confirm_on_L1()
    {
        (int code, string output, _) = await RunAsync("verify", Sample, "--json");
        using JsonDocument verdict = JsonDocument.Parse(output);
        Assert.Equal(0, code);
        Assert.True(verdict.RootElement.GetProperty("isValid").GetBoolean());
        Assert.Equal("finalized", verdict.RootElement.GetProperty("proven").GetString());
        Assert.Contains(verdict.RootElement.GetProperty("rungs").EnumerateArray(), rung => rung.GetProperty("toConfirm").ValueKind == JsonValueKind.Object);
        (code, output, _) = await RunAsync("verify", Sample);
        Assert.Equal(0, code);
        Assert.Contains("valid: finalized", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proof_of_another_transaction_or_another_rollup_is_wrong()
    {
        string text = await File.ReadAllTextAsync(Sample, TestContext.Current.CancellationToken);
        using JsonDocument proof = JsonDocument.Parse(text);
        string other = Path.Combine(_folder, "other.json");
        await File.WriteAllTextAsync(other, text.Replace(proof.RootElement.GetProperty("transaction").GetString()!, $"0x{new string('1', 64)}", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        Assert.Equal(1, (await RunAsync("verify", other)).Code);
        Assert.Equal(1, (await RunAsync("verify", Sample, "--chain", "1")).Code);
        Assert.Equal(1, (await RunAsync("verify", Sample, "--committee", $"0x{new string('2', 64)}")).Code);
    }

    [Fact]
    public async Task What_is_no_proof_no_file_or_no_command_is_refused_with_a_remedy()
    {
        string nonsense = Path.Combine(_folder, "nonsense.json");
        await File.WriteAllTextAsync(nonsense, "{}", TestContext.Current.CancellationToken);
        foreach (string[] arguments in (string[][])[
            ["verify", nonsense], ["verify", Path.Combine(_folder, "missing")], ["verify", Sample, "--rollup", "x"], ["dance"], ["tx", "0x1"], ["status", "--url", "ftp://here"], ["status", "--url", "http://127.0.0.1:1"],
            ["tx", $"0x{new string('1', 64)}", "--url", "http://127.0.0.1:1"], ["load", "--url", "http://127.0.0.1:1"]])
        {
            (int code, string output, string errors) = await RunAsync(arguments);
            Assert.Equal((2, ""), (code, output));
            Assert.StartsWith("error: ", errors, StringComparison.Ordinal);
            Assert.Equal(2, errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        }
    }

    [Fact]
    public async Task An_unknown_command_is_named_and_none_at_all_gets_the_list()
    {
        Assert.Contains("'dance'", (await RunAsync("dance")).Errors, StringComparison.Ordinal);
        (int code, string output, string errors) = await RunAsync();
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("doctor", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_load_whose_gateway_is_away_says_so_and_speaks_of_no_L1()
    {
        string errors = (await RunAsync("load", "--url", "http://127.0.0.1:1")).Errors;
        Assert.StartsWith("error: the gateway at http://127.0.0.1:1/ cannot be reached", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("L1", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signing_history_is_checked_as_an_import_would()
    {
        string file = Path.Combine(_folder, "history.json");
        SigningContext context = new(901, Address.Parse($"0x{new string('c', 40)}"));
        await File.WriteAllBytesAsync(file, SigningInterchange.Write(SigningHistory.Of(context, [])), TestContext.Current.CancellationToken);
        (int code, string output, _) = await RunAsync("ledger", "check", file, "--json");
        using JsonDocument history = JsonDocument.Parse(output);
        Assert.Equal((0, 901), (code, history.RootElement.GetProperty("chainId").GetInt32()));
        await File.WriteAllTextAsync(file, "[1", TestContext.Current.CancellationToken);
        Assert.Equal(1, (await RunAsync("ledger", "check", file)).Code);
    }

    [Fact]
    public async Task The_doctor_says_what_to_fix_where_the_gateway_cannot_be_reached()
    {
        (int code, string output, _) = await RunAsync("doctor", "--url", "http://127.0.0.1:1", "--data", _folder, "--json");
        using JsonDocument report = JsonDocument.Parse(output);
        Assert.Equal(1, code);
        JsonElement gateway = Assert.Single(report.RootElement.GetProperty("findings").EnumerateArray(), finding => finding.GetProperty("name").GetString() == "gateway");
        Assert.Contains("./run.sh", gateway.GetProperty("remedy").GetString(), StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using StringWriter output = new();
        using StringWriter errors = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(output) });
        console.Profile.Width = 400;
        int code = await CloudCommand.RunAsync(arguments, console, output, errors, TimeProvider.System);
        return (code, output.ToString(), errors.ToString());
    }
}
