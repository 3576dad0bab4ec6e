using System.Text.Json;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.JsonRpc;
using Cloud.Settlement.L1;
using Cloud.Settlement.Tests.Support;
using Cloud.Settlement.Transactions;
using Cloud.Testing.L1;

namespace Cloud.Settlement.Tests.L1;

/// <summary>The proxy keeps geth's pool rules, so that tests behind it mean something; and the client takes its faults as what they are.</summary>
public sealed class FaultProxyTests : IAsyncLifetime
{
    private static readonly byte[] Key = TestRollup.Key("sender");
    private Anvil _anvil = null!;
    private L1FaultProxy _proxy = null!;
    private HttpJsonRpc _rpc = null!;
    private L1Client _client = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _anvil = await Anvil.StartAsync("--no-mining");
        _proxy = await L1FaultProxy.StartAsync(new L1FaultProxyOptions { Target = _anvil.Address }, Cancel);
        _rpc = new HttpJsonRpc(_proxy.Address, TimeSpan.FromSeconds(20), 1 << 20, TimeProvider.System);
        _client = new L1Client(_rpc);
        await _anvil.AskAsync("anvil_setBalance", Anvil.AddressOf(Key).ToString(), UInt256.Parse("1000000000000000000000").ToQuantity());
    }

    public async ValueTask DisposeAsync()
    {
        _rpc.Dispose();
        await _proxy.DisposeAsync();
        await _anvil.DisposeAsync();
    }

    [Fact]
    public async Task A_blob_transaction_is_replaced_only_by_twice_of_every_price()
    {
        Assert.IsType<SendOutcome.Accepted>(await SendAsync(0, blobs: true));
        Assert.IsType<SendOutcome.AlreadyKnown>(await SendAsync(0, blobs: true));
        Assert.IsType<SendOutcome.ReplacementUnderpriced>(await SendAsync(0, blobs: true, tip: 2, fee: 2));
        Assert.IsType<SendOutcome.ReplacementUnderpriced>(await SendAsync(0, blobs: true, fee: 2, blobFee: 2));
        Assert.IsType<SendOutcome.ReplacementUnderpriced>(await SendAsync(0, blobs: true, tip: 2, blobFee: 2));
        Assert.IsType<SendOutcome.Accepted>(await SendAsync(0, blobs: true, tip: 2, fee: 2, blobFee: 2));
        await _anvil.AskAsync("evm_mine");
        Assert.IsType<SendOutcome.NonceTooLow>(await SendAsync(0, blobs: true, tip: 4, fee: 4, blobFee: 4));
    }

    [Fact]
    public async Task An_account_keeps_to_one_kind_of_transaction()
    {
        Assert.IsType<SendOutcome.Accepted>(await SendAsync(0, blobs: true));
        Assert.IsType<SendOutcome.WrongKind>(await SendAsync(1, blobs: false));
        await _anvil.AskAsync("evm_mine");
        Assert.IsType<SendOutcome.Accepted>(await SendAsync(1, blobs: false));
        Assert.IsType<SendOutcome.WrongKind>(await SendAsync(2, blobs: true));
        Assert.IsType<SendOutcome.ReplacementUnderpriced>(await SendAsync(1, blobs: false, tip: 2));
        Assert.IsType<SendOutcome.Accepted>(await SendAsync(1, blobs: false, tip: 2, fee: 2));
    }

    [Fact]
    public async Task Blob_transactions_leave_no_gap_and_are_at_most_16()
    {
        Assert.IsType<SendOutcome.NonceGap>(await SendAsync(1, blobs: true));
        for (ulong nonce = 0; nonce < 16; nonce++)
        {
            Assert.IsType<SendOutcome.Accepted>(await SendAsync(nonce, blobs: true));
        }

        Assert.IsType<SendOutcome.PoolFull>(await SendAsync(16, blobs: true));
    }

    [Fact]
    public async Task The_old_network_form_is_refused_although_the_node_would_take_it()
    {
        SignedL1Transaction signed = Sign(0, blobs: true);
        BlobSidecar sidecar = Sidecars.One;
        using Protocol.Rlp.RlpWriter writer = Protocol.Rlp.RlpWriter.Rent();
        Protocol.Rlp.RlpReader envelope = new(signed.Raw.Span[1..]);
        Assert.True(envelope.TryReadList(out Protocol.Rlp.RlpReader parts));
        Assert.True(parts.TryReadItem(out ReadOnlySpan<byte> body));
        writer.WriteRaw((byte)3);
        int list = writer.BeginList();
        writer.WriteRaw(body);
        byte[] proof = new byte[48];
        Assert.Equal(KzgFault.None, Kzg.ProveBlob(sidecar.Blobs[0].Span, sidecar.Commitments[0].Span, proof));
        foreach (ReadOnlyMemory<byte> item in (ReadOnlyMemory<byte>[])[sidecar.Blobs[0].Memory, sidecar.Commitments[0].Memory, proof])
        {
            int items = writer.BeginList();
            writer.Write(item.Span);
            writer.EndList(items);
        }

        writer.EndList(list);
        SendOutcome outcome = (await _client.SendAsync(writer.ToArray(), Cancel)).Require();
        Assert.Contains("sidecar version", Assert.IsType<SendOutcome.Refused>(outcome).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_reorg_removes_comes_back_as_from_geth_s_limbo()
    {
        SignedL1Transaction signed = Sign(0, blobs: true);
        Assert.IsType<SendOutcome.Accepted>((await _client.SendAsync(signed.Raw.Memory, Cancel)).Require());
        await _anvil.AskAsync("evm_mine");
        Assert.NotNull((await _client.GetReceiptAsync(signed.Hash, Cancel)).Require());
        await _anvil.AskAsync("anvil_rollback", 1);
        Assert.Null((await _client.GetReceiptAsync(signed.Hash, Cancel)).Require());
        await _proxy.ReinjectAsync(Cancel);
        await _anvil.AskAsync("evm_mine");
        Assert.NotNull((await _client.GetReceiptAsync(signed.Hash, Cancel)).Require());
    }

    [Theory]
    [InlineData(L1Fault.Disconnect, typeof(L1Failure.Unreachable))]
    [InlineData(L1Fault.LoseReply, typeof(L1Failure.Unreachable))]
    [InlineData(L1Fault.ServerError, typeof(L1Failure.Unreachable))]
    [InlineData(L1Fault.RateLimit, typeof(L1Failure.Refused))]
    [InlineData(L1Fault.TimeOut, typeof(L1Failure.TimedOut))]
    public async Task Each_fault_is_a_failure_that_may_pass(L1Fault fault, Type failure)
    {
        _proxy.Expect("eth_chainId", fault);
        using HttpJsonRpc impatient = new(_proxy.Address, TimeSpan.FromMilliseconds(fault == L1Fault.TimeOut ? 100 : 20_000), 1 << 20, TimeProvider.System);
        L1Client client = new(impatient);
        L1Failure met = Assert.IsType<L1Result<ulong>.Failed>(await client.GetChainIdAsync(Cancel)).Failure;
        Assert.IsType(failure, met);
        Assert.True(met.IsTransient);
        Assert.Equal(1, _proxy.Met[fault]);
        Assert.Equal(new L1Result<ulong>.Ok(Anvil.ChainId), await _client.GetChainIdAsync(Cancel));
    }

    [Theory]
    [InlineData(L1Fault.Delay)]
    [InlineData(L1Fault.Reorder)]
    [InlineData(L1Fault.Duplicate)]
    public async Task Late_and_doubled_requests_are_answered_all_the_same(L1Fault fault)
    {
        _proxy.Expect("eth_chainId", fault);
        Assert.Equal(new L1Result<ulong>.Ok(Anvil.ChainId), await _client.GetChainIdAsync(Cancel));
    }

    [Fact]
    public async Task A_transaction_can_be_lost_underpriced_or_doubled_on_the_way()
    {
        SignedL1Transaction signed = Sign(0, blobs: true);
        _proxy.Expect("eth_sendRawTransaction", L1Fault.DropTransaction);
        Assert.Equal(new SendOutcome.Accepted(signed.Hash), (await _client.SendAsync(signed.Raw.Memory, Cancel)).Require());
        Assert.Equal(0UL, (await _client.GetNonceAsync(Anvil.AddressOf(Key), BlockTag.Pending, Cancel)).Require());
        _proxy.Expect("eth_sendRawTransaction", L1Fault.Underprice);
        Assert.IsType<SendOutcome.Underpriced>((await _client.SendAsync(signed.Raw.Memory, Cancel)).Require());
        _proxy.Expect("eth_sendRawTransaction", L1Fault.Duplicate);
        Assert.IsType<SendOutcome.AlreadyKnown>((await _client.SendAsync(signed.Raw.Memory, Cancel)).Require());
        Assert.Equal(1UL, (await _client.GetNonceAsync(Anvil.AddressOf(Key), BlockTag.Pending, Cancel)).Require());
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_faults()
    {
        List<string>[] runs = [[], []];
        foreach (List<string> run in runs)
        {
            L1Fault[] faults = [L1Fault.Disconnect, L1Fault.LoseReply, L1Fault.ServerError, L1Fault.RateLimit, L1Fault.Duplicate];
            await using L1FaultProxy proxy = await L1FaultProxy.StartAsync(
                new L1FaultProxyOptions { Target = _anvil.Address, Seed = 11, FaultRate = 0.5, Faults = faults }, Cancel);
            using HttpJsonRpc rpc = new(proxy.Address, TimeSpan.FromSeconds(20), 1 << 20, TimeProvider.System);
            for (int i = 0; i < 40; i++)
            {
                L1Result<JsonElement> result = await rpc.CallAsync("eth_chainId", [], Cancel);
                run.Add(result is L1Result<JsonElement>.Failed failed ? failed.Failure.GetType().Name : "ok");
            }
        }

        Assert.Equal(runs[0], runs[1]);
        Assert.InRange(runs[0].Count(outcome => outcome != "ok"), 8, 32);
    }

    [Fact]
    public async Task With_one_endpoint_dying_and_one_faulty_the_client_still_answers()
    {
        await using L1FaultProxy dying = await L1FaultProxy.StartAsync(new L1FaultProxyOptions { Target = _anvil.Address }, Cancel);
        await using L1FaultProxy faulty = await L1FaultProxy.StartAsync(
            new L1FaultProxyOptions
            {
                Target = _anvil.Address,
                Seed = 3,
                FaultRate = 0.2,
                Faults = [L1Fault.Disconnect, L1Fault.LoseReply, L1Fault.ServerError, L1Fault.RateLimit, L1Fault.Delay, L1Fault.Duplicate],
                MaxDelay = TimeSpan.FromMilliseconds(5),
            },
            Cancel);
        L1Client client = L1Client.Create(
            new L1Options
            {
                Endpoints = [dying.Address, faulty.Address],
                Attempts = 12,
                Backoff = TimeSpan.FromMilliseconds(1),
                MaxBackoff = TimeSpan.FromMilliseconds(20),
            },
            TimeProvider.System);
        for (int i = 0; i < 60; i++)
        {
            dying.IsDead = i is >= 20 and < 40;
            Assert.Equal(new L1Result<ulong>.Ok(Anvil.ChainId), await client.GetChainIdAsync(Cancel));
        }

        Assert.True(faulty.Met.Values.Sum() > 0);
    }

    private async Task<SendOutcome> SendAsync(ulong nonce, bool blobs, ulong tip = 1, ulong fee = 1, ulong blobFee = 1) =>
        (await _client.SendAsync(Sign(nonce, blobs, tip, fee, blobFee).Raw.Memory, Cancel)).Require();

    /// <summary>Prices are multiples of 1, 4 and 1 gwei.</summary>
    private static SignedL1Transaction Sign(ulong nonce, bool blobs, ulong tip = 1, ulong fee = 1, ulong blobFee = 1)
    {
        L1Transaction transaction = new()
        {
            ChainId = Anvil.ChainId,
            Nonce = nonce,
            MaxPriorityFeePerGas = tip * 1_000_000_000,
            MaxFeePerGas = fee * 4_000_000_000,
            MaxFeePerBlobGas = blobs ? blobFee * 1_000_000_000 : 0,
            GasLimit = 30_000,
            To = Anvil.Rich,
            Sidecar = blobs ? Sidecars.One : null,
        };
        return transaction.With(Secp256k1.Sign(Key, Keccak256.Hash(transaction.SigningMessage())));
    }
}
