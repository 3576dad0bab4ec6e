using System.Net.Http.Json;
using System.Text.Json;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Testing.Tests;

/// <summary>Transfers as a dApp's tests would send them.</summary>
internal static class Sending
{
    internal static async Task<Hash256> SendAsync(this HttpClient http, PreconfCloud cloud, int account, ulong nonce, CancellationToken cancellationToken)
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
        using HttpResponseMessage response = await http.PostAsJsonAsync(
            cloud.RpcUrl, new { jsonrpc = "2.0", id = 1, method = "eth_sendRawTransaction", @params = new[] { transaction.Raw.ToString() } }, cancellationToken);
        using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
        Assert.True(answer.RootElement.TryGetProperty("result", out JsonElement hash), answer.RootElement.ToString());
        return Hash256.Parse(hash.GetString()!);
    }
}
