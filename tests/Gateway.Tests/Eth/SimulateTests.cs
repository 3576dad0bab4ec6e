using System.Text.Json;
using Cloud.Gateway.Tests.Support;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Tests.Eth;

public sealed class SimulateTests
{
    // Returns what slot 0 holds, then keeps the value that came with the call.
    private const string Keeper = "6000546000523460005560206000f3";

    [Fact]
    public async Task Calls_of_a_block_see_what_those_before_them_did()
    {
        await using TestChain chain = await TestChain.StartAsync();
        string keeper = (await chain.DeployAsync(Keeper, 0, 0)).ToString();
        string user = chain.User(1).ToString();
        JsonElement blocks = await chain.ResultAsync(
            "eth_simulateV1",
            new
            {
                blockStateCalls = new object[]
                {
                    new { calls = new object[] { new { from = user, to = keeper, value = "0x5" }, new { from = user, to = keeper, value = "0x7" } } },
                    new { calls = new object[] { new { from = user, to = keeper } } },
                },
            },
            "pending");
        Assert.Equal([0, 5], blocks[0].GetProperty("calls").EnumerateArray().Select(call => Convert.ToInt32(call.GetProperty("returnData").GetString()![^8..], 16)));
        Assert.EndsWith("7", blocks[1].GetProperty("calls")[0].GetProperty("returnData").GetString(), StringComparison.Ordinal);
        Assert.Equal(blocks[0].GetProperty("hash").GetString(), blocks[1].GetProperty("parentHash").GetString());
        Assert.NotEqual(blocks[0].GetProperty("stateRoot").GetString(), blocks[1].GetProperty("stateRoot").GetString());
    }

    [Fact]
    public async Task Transfers_are_told_as_logs_and_overrides_apply_from_their_block_on()
    {
        await using TestChain chain = await TestChain.StartAsync();
        string poor = "0x00000000000000000000000000000000000000f1";
        JsonElement blocks = await chain.ResultAsync(
            "eth_simulateV1",
            new
            {
                traceTransfers = true,
                returnFullTransactions = true,
                blockStateCalls = new object[]
                {
                    new
                    {
                        blockOverrides = new { number = "0x5", time = "0x77359400", baseFeePerGas = "0x0" },
                        stateOverrides = new Dictionary<string, object> { [poor] = new { balance = "0x64" } },
                        calls = new object[] { new { from = poor, to = chain.User(0).ToString(), value = "0x9" } },
                    },
                },
            },
            "latest");
        Assert.Equal(["0x1", "0x2", "0x3", "0x4", "0x5"], blocks.EnumerateArray().Select(block => block.GetProperty("number").GetString()));
        JsonElement last = blocks[4];
        Assert.Equal("0x77359400", last.GetProperty("timestamp").GetString());
        Assert.Equal(poor, last.GetProperty("transactions")[0].GetProperty("from").GetString());
        JsonElement log = last.GetProperty("calls")[0].GetProperty("logs")[0];
        Assert.Equal("0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee", log.GetProperty("address").GetString());
        Assert.EndsWith(poor[2..], log.GetProperty("topics")[1].GetString(), StringComparison.Ordinal);
        Assert.EndsWith("9", log.GetProperty("data").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"blockStateCalls":[{"calls":[{"from":"USER","to":"USER","nonce":"0x7","maxFeePerGas":"0x2540be400"}]}],"validation":true}""", -38011)]
    [InlineData("""{"blockStateCalls":[{"calls":[{"from":"USER","to":"USER","maxFeePerGas":"0x1"}]}],"validation":true}""", -38012)]
    [InlineData("""{"blockStateCalls":[{"calls":[{"from":"USER","to":"USER","gas":"0x1"}]}]}""", -38013)]
    [InlineData("""{"blockStateCalls":[{"calls":[{"from":"0x00000000000000000000000000000000000000f1","to":"USER","value":"0x1"}]}]}""", -38014)]
    [InlineData("""{"blockStateCalls":[{"blockOverrides":{"number":"0x0"}}]}""", -38020)]
    [InlineData("""{"blockStateCalls":[{"blockOverrides":{"time":"0x1"}}]}""", -38021)]
    [InlineData("""{"blockStateCalls":[{"blockOverrides":{"number":"0x1000"}}]}""", -38026)]
    [InlineData("""{"blockStateCalls":[]}""", -32602)]
    [InlineData("""{"blockStateCalls":[{"calls":7}]}""", -32602)]
    public async Task What_cannot_be_simulated_has_the_code_that_clients_look_for(string request, int code)
    {
        await using TestChain chain = await TestChain.StartAsync();
        using JsonDocument document = JsonDocument.Parse(request.Replace("USER", chain.User(0).ToString(), StringComparison.Ordinal));
        Assert.Equal(code, (await chain.ErrorAsync("eth_simulateV1", document.RootElement)).Code);
    }

    [Fact]
    public async Task A_call_that_fails_is_told_and_does_not_void_the_rest()
    {
        await using TestChain chain = await TestChain.StartAsync();
        Address reverter = await chain.DeployAsync(Contracts.Reverter, 0, 0);
        JsonElement calls = (await chain.ResultAsync(
            "eth_simulateV1",
            new { blockStateCalls = new[] { new { calls = new object[] { new { to = reverter.ToString() }, new { data = "0xfe", gas = "0x186a0" }, new { to = chain.User(0).ToString() } } } } },
            "pending"))[0].GetProperty("calls");
        Assert.Equal(["0x0", "0x0", "0x1"], calls.EnumerateArray().Select(call => call.GetProperty("status").GetString()));
        Assert.Equal((3, "0xc0ffee00"), (calls[0].GetProperty("error").GetProperty("code").GetInt32(), calls[0].GetProperty("error").GetProperty("data").GetString()));
        Assert.Equal(-32015, calls[1].GetProperty("error").GetProperty("code").GetInt32());
    }
}
