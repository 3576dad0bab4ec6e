using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.JsonRpc;
using Cloud.Settlement.Keys;
using Cloud.Settlement.L1;
using Cloud.Settlement.Transactions;

namespace Cloud.Cli.Load;

/// <summary>Sends transfers to a gateway at a fixed rate, from accounts whose keys follow from the payer's, so that what is left on them is the payer's.</summary>
internal sealed class LoadSender
{
    private const ulong TransferGas = 21_000;
    private const int FundingWave = 16;
    private const int ReceiptsAtOnce = 32;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ReceiptLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RungLimit = TimeSpan.FromMinutes(10);

    private readonly IJsonRpc _rpc;
    private readonly L1Client _client;
    private readonly GatewayClient _gateway;
    private readonly IL1Signer _payer;
    private readonly LoadSettings _settings;
    private readonly TimeProvider _time;
    private readonly ConcurrentBag<(Hash256 Hash, double Milliseconds)> _answered = [];
    private readonly ConcurrentBag<Hash256> _accepted = [];
    private readonly ConcurrentDictionary<string, int> _refusals = new(StringComparer.Ordinal);
    private ulong _chainId;
    private UInt256 _maxFee;
    private UInt256 _tip;

    /// <summary>Makes a sender.</summary>
    /// <param name="rpc">The gateway's JSON-RPC.</param>
    /// <param name="gateway">Its status API.</param>
    /// <param name="payer">Who pays for the accounts that send.</param>
    /// <param name="settings">How much is sent.</param>
    /// <param name="time">The clock.</param>
    public LoadSender(IJsonRpc rpc, GatewayClient gateway, IL1Signer payer, LoadSettings settings, TimeProvider time)
    {
        _rpc = rpc;
        _client = new L1Client(rpc);
        _gateway = gateway;
        _payer = payer;
        _settings = settings;
        _time = time;
    }

    /// <summary>Funds the accounts, sends, and waits.</summary>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancellationToken">Ends the sending; what was sent is still reported.</param>
    /// <returns>What came of it, or why nothing was sent and what to do.</returns>
    public async Task<(LoadResult? Result, string? Refusal, string? Remedy)> RunAsync(Action<string> progress, CancellationToken cancellationToken)
    {
        // The client of JSON-RPC below speaks of L1.
        if ((await _gateway.GetAsync("tips", cancellationToken).ConfigureAwait(false)).Refusal is { } refusal && !_gateway.HasAnswered)
        {
            return (null, refusal, GatewayClient.UnreachableRemedy);
        }

        if (!(await _client.GetChainIdAsync(cancellationToken).ConfigureAwait(false)).TryGet(out _chainId, out L1Failure? failure)
            || !(await _client.GetPriorityFeeAsync(cancellationToken).ConfigureAwait(false)).TryGet(out _tip, out failure)
            || !(await _client.GetBlockAsync(BlockTag.Latest, cancellationToken).ConfigureAwait(false)).TryGet(out L1Block? head, out failure))
        {
            return (null, failure.Message, GatewayClient.UnreachableRemedy);
        }

        _maxFee = _tip + ((head?.BaseFeePerGas ?? 0UL) * 10UL);
        LocalSigner[] senders = new LocalSigner[_settings.Senders];
        for (int i = 0; i < senders.Length; i++)
        {
            senders[i] = await DeriveAsync(i, cancellationToken).ConfigureAwait(false);
        }

        progress($"funding {senders.Length} accounts from {_payer.Address}");
        if (await FundAsync(senders, cancellationToken).ConfigureAwait(false) is { } unfunded)
        {
            return (null, unfunded, $"send ETH on the L2 to {_payer.Address}, or name another account with --keystore");
        }

        progress(string.Create(CultureInfo.InvariantCulture, $"sending {_settings.Rate} transactions a second for {_settings.Duration.TotalSeconds:0.#} s"));
        long start = _time.GetTimestamp();
        await SendAsync(senders, start, cancellationToken).ConfigureAwait(false);
        double seconds = _time.GetElapsedTime(start).TotalSeconds;
        progress($"waiting until all of it is {_settings.Until}");
        (bool reached, int lost) = await WatchAsync().ConfigureAwait(false);
        double[] times = [.. _answered.Select(static answer => answer.Milliseconds).Order()];
        return (
            new LoadResult(
                _accepted.Count,
                _refusals.Values.Sum(),
                _refusals.ToDictionary(),
                lost,
                times.Length == 0 ? null : new LoadResult.Percentiles(At(times, 0.5), At(times, 0.99)),
                _settings.Until,
                reached,
                Math.Round(seconds, 1),
                Math.Round(_accepted.Count / Math.Max(seconds, 0.001), 1)),
            null,
            null);
    }

    private static double At(double[] ordered, double share) => Math.Round(ordered[Math.Min(ordered.Length - 1, (int)(share * ordered.Length))], 1);

    private async Task<LocalSigner> DeriveAsync(int number, CancellationToken cancellationToken)
    {
        byte[] label = System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"preconf cloud load account {number}"));
        return await _payer.SignAsync(label, cancellationToken).ConfigureAwait(false) is SigningOutcome.Signed { Signature: var signature }
            && LocalSigner.Create(Keccak256.Hash(signature.ToArray()).ToArray()) is KeyResult.Loaded { Signer: LocalSigner signer }
                ? signer
                : throw new InvalidOperationException("A key in memory did not sign.");
    }

    /// <summary>Gives each account what its transactions can cost, where it has less.</summary>
    private async Task<string?> FundAsync(LocalSigner[] senders, CancellationToken cancellationToken)
    {
        ulong each = (ulong)Math.Ceiling(_settings.Rate * _settings.Duration.TotalSeconds / senders.Length) + 1;
        UInt256 needed = _maxFee * (TransferGas * each);
        if (!(await _client.GetNonceAsync(_payer.Address, BlockTag.Pending, cancellationToken).ConfigureAwait(false)).TryGet(out ulong nonce, out L1Failure? failure))
        {
            return failure.Message;
        }

        foreach (LocalSigner[] wave in senders.Chunk(FundingWave))
        {
            Hash256? last = null;
            foreach (LocalSigner sender in wave)
            {
                if (!(await _client.GetBalanceAsync(sender.Address, BlockTag.Pending, cancellationToken).ConfigureAwait(false)).TryGet(out UInt256 balance, out failure))
                {
                    return failure.Message;
                }

                if (balance >= needed)
                {
                    continue;
                }

                SignedL1Transaction transaction = await SignAsync(_payer, nonce, sender.Address, needed, cancellationToken).ConfigureAwait(false);
                if (!(await _client.SendAsync(transaction.Raw.Memory, cancellationToken).ConfigureAwait(false)).TryGet(out SendOutcome? sent, out failure))
                {
                    return failure.Message;
                }

                if (sent is not SendOutcome.Accepted and not SendOutcome.AlreadyKnown)
                {
                    return sent is SendOutcome.InsufficientFunds
                        ? $"{_payer.Address} has not enough on chain {_chainId} to give {senders.Length} accounts {needed} wei each"
                        : $"the funding of {sender.Address} was not taken: {sent}";
                }

                nonce++;
                last = transaction.Hash;
            }

            if (last is { } hash && !await IsInBlockAsync(hash, cancellationToken).ConfigureAwait(false))
            {
                return string.Create(CultureInfo.InvariantCulture, $"the funding {hash} was in no flashblock within {ReceiptLimit.TotalSeconds:0} s");
            }
        }

        return null;
    }

    private async Task<bool> IsInBlockAsync(Hash256 hash, CancellationToken cancellationToken)
    {
        long start = _time.GetTimestamp();
        while (_time.GetElapsedTime(start) < ReceiptLimit)
        {
            if ((await _client.GetReceiptAsync(hash, cancellationToken).ConfigureAwait(false)).TryGet(out L1Receipt? receipt, out _) && receipt is not null)
            {
                return true;
            }

            await Task.Delay(Poll, _time, cancellationToken).ConfigureAwait(false);
        }

        return false;
    }

    private async Task SendAsync(LocalSigner[] senders, long start, CancellationToken cancellationToken)
    {
        Queue<int> free = new(Enumerable.Range(0, senders.Length));
        ulong?[] nonces = new ulong?[senders.Length];
        Dictionary<int, Task> running = [];
        long sent = 0;
        while (!cancellationToken.IsCancellationRequested && _time.GetElapsedTime(start) is var elapsed && elapsed < _settings.Duration)
        {
            long due = (long)(elapsed.TotalSeconds * _settings.Rate);
            for (; sent < due && free.TryDequeue(out int sender); sent++)
            {
                running[sender] = SubmitAsync(senders, nonces, sender);
            }

            foreach (int done in running.Where(static pair => pair.Value.IsCompleted).Select(static pair => pair.Key).ToArray())
            {
                await running[done].ConfigureAwait(false);
                running.Remove(done);
                free.Enqueue(done);
            }

            await Task.Delay(Tick, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(running.Values).ConfigureAwait(false);
    }

    /// <summary>One transfer, answered when it is in a flashblock (EIP-7966).</summary>
    private async Task SubmitAsync(LocalSigner[] senders, ulong?[] nonces, int sender)
    {
        LocalSigner from = senders[sender];
        if (nonces[sender] is not { } nonce)
        {
            if (!(await _client.GetNonceAsync(from.Address, BlockTag.Pending).ConfigureAwait(false)).TryGet(out nonce, out L1Failure? failed))
            {
                Refuse(failed.Message);
                return;
            }
        }

        SignedL1Transaction transaction = await SignAsync(from, nonce, senders[(sender + 1) % senders.Length].Address, 1UL, CancellationToken.None).ConfigureAwait(false);
        long start = _time.GetTimestamp();
        L1Result<JsonElement> answer = await _rpc.CallAsync("eth_sendRawTransactionSync", new JsonArray(Hex.Encode(transaction.Raw.Span))).ConfigureAwait(false);
        if (answer.TryGet(out _, out L1Failure? failure))
        {
            _answered.Add((transaction.Hash, _time.GetElapsedTime(start).TotalMilliseconds));
        }
        else if (failure is not L1Failure.Refused { Code: AcceptedNotYetIn })
        {
            Refuse(failure is L1Failure.Refused refused ? refused.Reason : failure.Message);
            nonces[sender] = null;
            return;
        }

        _accepted.Add(transaction.Hash);
        nonces[sender] = nonce + 1;
    }

    /// <summary>EIP-7966: the pool has it, and no flashblock had it in time.</summary>
    private const long AcceptedNotYetIn = 4;

    private void Refuse(string why) => _refusals.AddOrUpdate(why.Length > 120 ? why[..120] : why, 1, static (_, count) => count + 1);

    private async Task<SignedL1Transaction> SignAsync(IL1Signer from, ulong nonce, Address to, UInt256 value, CancellationToken cancellationToken)
    {
        L1Transaction transaction = new()
        {
            ChainId = _chainId,
            Nonce = nonce,
            MaxPriorityFeePerGas = _tip,
            MaxFeePerGas = _maxFee,
            GasLimit = TransferGas,
            To = to,
            Value = value,
        };
        return await from.SignAsync(transaction.SigningMessage(), cancellationToken).ConfigureAwait(false) is SigningOutcome.Signed signed
            ? transaction.With(signed.Signature)
            : throw new InvalidOperationException("A key in memory did not sign.");
    }

    /// <summary>Waits until the tip has passed the highest block of the load; then what has no receipt is lost.</summary>
    private async Task<(bool Reached, int Lost)> WatchAsync()
    {
        ulong highest = 0;
        int lost = await CountLostAsync(number => highest = Math.Max(highest, number)).ConfigureAwait(false);
        if (_settings.Until == LoadSettings.Preconfirmed)
        {
            return (lost == 0, lost);
        }

        long start = _time.GetTimestamp();
        while (_time.GetElapsedTime(start) < RungLimit)
        {
            if ((await _gateway.GetAsync("tips", CancellationToken.None).ConfigureAwait(false)).Document is { } tips
                && tips.GetProperty(_settings.Until).GetProperty("number").GetUInt64() >= highest)
            {
                // The chain may have taken something back in between.
                lost = await CountLostAsync(static _ => { }).ConfigureAwait(false);
                return (lost == 0, lost);
            }

            await Task.Delay(Poll, _time).ConfigureAwait(false);
        }

        return (false, lost);
    }

    private async Task<int> CountLostAsync(Action<ulong> found)
    {
        int lost = 0;
        foreach (Hash256[] some in _accepted.Chunk(ReceiptsAtOnce))
        {
            L1Result<L1Receipt?>[] receipts = await Task.WhenAll(some.Select(hash => _client.GetReceiptAsync(hash))).ConfigureAwait(false);
            foreach (L1Result<L1Receipt?> receipt in receipts)
            {
                if (receipt.TryGet(out L1Receipt? known, out _) && known is not null)
                {
                    found(known.BlockNumber);
                }
                else
                {
                    lost++;
                }
            }
        }

        return lost;
    }
}
