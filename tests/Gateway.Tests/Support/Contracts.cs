using System.Text.Json;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Tests.Support;

/// <summary>Small contracts in bytecode.</summary>
internal static class Contracts
{
    /// <summary>Adds one to slot 5 and returns it.</summary>
    public const string Counter = "6005546001018060055560005260206000f3";

    /// <summary>Creates a contract of what it is given as init code (CREATE2, salt 0) and returns its address.</summary>
    public const string Creator = "36600060003760003660006000f560005260206000f3";

    /// <summary>Calls the address that it is given, and returns what that returns.</summary>
    public const string Forwarder = "602060006000600060006000355af15060206000f3";

    /// <summary>Sends its balance to the caller and destroys itself.</summary>
    public const string Destroyer = "33ff";

    /// <summary>Reverts with the 4 bytes c0ffee00.</summary>
    public const string Reverter = "63c0ffee006000526004601cfd";

    /// <summary>Emits a log with the topic 42 and the caller as data.</summary>
    public const string Logger = "33600052602a60206000a100";

    /// <summary>Does what another contract does, on its own storage (the minimal proxy of EIP-1167).</summary>
    public static string ProxyOf(string contract) => $"363d3d373d3d3d363d73{contract[2..]}5af43d82803e903d91602b57fd5bf3";

    /// <summary>Init code of a contract.</summary>
    public static byte[] InitCode(string runtime) => Convert.FromHexString($"60{runtime.Length / 2:x2}600c60003960{runtime.Length / 2:x2}6000f3{runtime}");

    /// <summary>Deploys a contract in the next flashblock.</summary>
    public static async Task<Address> DeployAsync(this TestChain chain, string runtime, int user, ulong nonce)
    {
        Hash256 hash = await chain.SendAsync(chain.Transfer(user, nonce, gas: 300_000, value: 0, data: InitCode(runtime), creates: true));
        await chain.FlashblockAsync();
        JsonElement receipt = await chain.ResultAsync("eth_getTransactionReceipt", hash.ToString());
        Assert.Equal("0x1", receipt.GetProperty("status").GetString());
        return Address.Parse(receipt.GetProperty("contractAddress").GetString()!);
    }
}
