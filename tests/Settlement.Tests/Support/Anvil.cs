using System.Text.Json;
using System.Text.Json.Nodes;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.JsonRpc;
using Cloud.Settlement.L1;
using Cloud.Settlement.Transactions;
using Cloud.Testing.L1;

namespace Cloud.Settlement.Tests.Support;

/// <summary>A real L1 execution layer on a free loopback port. Each transaction is mined at once. Time goes only forward.</summary>
public sealed class Anvil : IAsyncLifetime
{
    public const ulong ChainId = AnvilProcess.ChainId;

    private IReadOnlyList<string> _arguments = [];
    private AnvilProcess? _process;
    private ulong _nonce;

    /// <summary>The first account of anvil's well-known phrase.</summary>
    public static byte[] RichKey { get; } = Hex.Decode("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");

    public static Address Rich { get; } = AddressOf(RichKey);

    public Uri Address => Process.Address;

    public IJsonRpc Rpc => Process.Rpc;

    public L1Client Client => Process.Client;

    private AnvilProcess Process => _process ?? throw new InvalidOperationException("Anvil is not started.");

    /// <summary>One with more command-line arguments.</summary>
    public static async Task<Anvil> StartAsync(params string[] arguments)
    {
        Anvil anvil = new() { _arguments = arguments };
        await anvil.InitializeAsync();
        return anvil;
    }

    public static Address AddressOf(ReadOnlySpan<byte> key) =>
        Secp256k1.TryGetAddress(key, out Address address) ? address : throw new ArgumentException("No key.", nameof(key));

    public async ValueTask InitializeAsync() => _process = await AnvilProcess.StartAsync(_arguments);

    public ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;

    public async Task<JsonElement> AskAsync(string method, params JsonNode?[] parameters) =>
        (await Rpc.CallAsync(method, new JsonArray(parameters), TestContext.Current.CancellationToken)).Require();

    public async Task<L1Block> HeadAsync() => (await Client.GetBlockAsync(BlockTag.Latest, TestContext.Current.CancellationToken)).Require()!;

    /// <summary>Mines an empty block at a time in seconds since 1970, later than the head's.</summary>
    public async Task GoToAsync(ulong time)
    {
        await AskAsync("evm_setNextBlockTimestamp", time);
        await AskAsync("evm_mine");
    }

    /// <summary>Sends a transaction of the rich account and gives its receipt.</summary>
    public Task<L1Receipt> SendAsync(Address? to, Bytes data, UInt256 value = default, BlobSidecar? sidecar = null, ulong gas = 10_000_000) =>
        SendAsync(RichKey, to, data, value, sidecar, gas);

    public async Task<L1Receipt> SendAsync(byte[] key, Address? to, Bytes data, UInt256 value = default, BlobSidecar? sidecar = null, ulong gas = 10_000_000)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        bool rich = key.AsSpan().SequenceEqual(RichKey);
        ulong nonce = rich ? _nonce : (await Client.GetNonceAsync(AddressOf(key), BlockTag.Pending, cancel)).Require();
        L1Transaction transaction = new()
        {
            ChainId = ChainId,
            Nonce = nonce,
            MaxPriorityFeePerGas = UInt256.One,
            MaxFeePerGas = 2_000_000_000UL,
            MaxFeePerBlobGas = sidecar is null ? default : 1_000_000_000UL,
            GasLimit = gas,
            To = to,
            Value = value,
            Data = data,
            Sidecar = sidecar,
        };
        SignedL1Transaction signed = transaction.With(Secp256k1.Sign(key, Keccak256.Hash(transaction.SigningMessage())));
        SendOutcome outcome = (await Client.SendAsync(signed.Raw.Memory, cancel)).Require();
        Assert.Equal(new SendOutcome.Accepted(signed.Hash), outcome);
        if (rich)
        {
            _nonce++;
        }

        return await ReceiptAsync(signed.Hash);
    }

    /// <summary>After a rollback the rich account's nonce is read again.</summary>
    public void ForgetNonce() => _nonce = Client.GetNonceAsync(Rich, BlockTag.Latest).GetAwaiter().GetResult().Require();

    /// <summary>Waits until a transaction is mined.</summary>
    public async Task<L1Receipt> ReceiptAsync(Hash256 transaction)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(60));
        while (true)
        {
            if ((await Client.GetReceiptAsync(transaction, limit.Token)).Require() is { } receipt)
            {
                return receipt;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, limit.Token);
        }
    }

    /// <summary>What a call would revert with; fails where it would not revert.</summary>
    public async Task<ContractError> RevertAsync(L1Call call)
    {
        CallOutcome outcome = (await Client.CallAsync(call, BlockTag.Latest, TestContext.Current.CancellationToken)).Require();
        CallOutcome.Reverted reverted = Assert.IsType<CallOutcome.Reverted>(outcome);
        ContractError? error = ContractArtifact.Rollup.Explain(reverted.Data);
        Assert.True(error is not null, $"no known error: {reverted.Data} {reverted.Message}");
        return error;
    }

    public async Task<Bytes> CallAsync(L1Call call)
    {
        CallOutcome outcome = (await Client.CallAsync(call, BlockTag.Latest, TestContext.Current.CancellationToken)).Require();
        return Assert.IsType<CallOutcome.Returned>(outcome).Data;
    }
}
