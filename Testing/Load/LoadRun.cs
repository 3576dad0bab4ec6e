using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Statuses;

namespace Cloud.Testing.Load;

/// <summary>Transfers, token transfers and Uniswap V2 swaps at a fixed rate, through the chain's JSON-RPC as any client's would go, watched until they are on L1.</summary>
public sealed class LoadRun : IDisposable
{
    private const int MaxInFlight = 512;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);
    private static readonly UInt256 MaxFee = 20_000_000_000UL;
    private static readonly UInt256 Tip = 1_000_000UL;

    private readonly PreconfCloud _cloud;
    private readonly LoadOptions _options;
    private readonly TestAccount _owner = TestAccount.Of(LoadOptions.FirstAccount);
    private readonly TestAccount[] _senders;
    private readonly ulong[] _nonces;
    private readonly SemaphoreSlim[] _turns;
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 64 });
    private readonly LoadMeter _meter;
    private readonly Random _random = new(1);
    private DemoContracts? _contracts;
    private int _inFlight;

    /// <summary>Prepares a run.</summary>
    /// <param name="cloud">The chain, with <see cref="LoadOptions.FundedAccounts"/> accounts or more.</param>
    /// <param name="options">How much is sent.</param>
    public LoadRun(PreconfCloud cloud, LoadOptions options)
    {
        ArgumentNullException.ThrowIfNull(cloud);
        ArgumentNullException.ThrowIfNull(options);
        _cloud = cloud;
        _options = options;
        _senders = [.. Enumerable.Range(LoadOptions.FirstAccount + 1, options.Senders).Select(TestAccount.Of)];
        _nonces = new ulong[options.Senders];
        _turns = [.. _senders.Select(_ => new SemaphoreSlim(1, 1))];
        _meter = new LoadMeter(cloud);
    }

    /// <summary>Sends, waits until everything is on L1, and reports. The end of the duration or of the token ends the sending.</summary>
    /// <param name="progress">Told of each step; null for nobody.</param>
    /// <param name="cancellationToken">Ends the sending, not the report.</param>
    /// <returns>What came of it.</returns>
    public async Task<LoadReport> RunAsync(Action<string>? progress = null, CancellationToken cancellationToken = default)
    {
        using CancellationTokenSource metered = new();
        MemoryMeter memory = new();
        Task meter = Task.Run(() => _meter.RunAsync(metered.Token), CancellationToken.None);
        try
        {
            progress?.Invoke("load: deploying token and Uniswap V2");
            await PrepareAsync(cancellationToken).ConfigureAwait(false);
            progress?.Invoke($"load: {_options.Rate} transactions a second from {_senders.Length} accounts");
            _meter.Start();
            Task sending = SendAsync(cancellationToken);
            await memory.WatchAsync(sending, CancellationToken.None).ConfigureAwait(false);
            await sending.ConfigureAwait(false);
            progress?.Invoke("load: waiting until everything is on L1");
            await _meter.SettleAsync(_options.SettleLimit).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped before the load began: what was sent is in the report.
        }

        await metered.CancelAsync().ConfigureAwait(false);
        await meter.ConfigureAwait(false);
        return await _meter.ReportAsync(memory, _options.Duration >= MemoryMeter.ShortestJudged).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        foreach (SemaphoreSlim turn in _turns)
        {
            turn.Dispose();
        }
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        _contracts = DemoContracts.TryLoad(_owner, _senders);
        if (_contracts is { } contracts && _cloud.Replica.Pool.NextNonce(_owner.Address) < (ulong)contracts.Setup.Count(step => step.From == _owner))
        {
            Hash256 last = default;
            foreach (DemoCall step in contracts.Setup)
            {
                Transaction transaction = Sign(step, _cloud.Replica.Pool.NextNonce(step.From.Address));
                await PostAsync(transaction, cancellationToken).ConfigureAwait(false);
                last = transaction.Hash;
            }

            await _cloud.WaitForAsync<TransactionStatus.Proposed>(last, cancellationToken).ConfigureAwait(false);
        }

        for (int i = 0; i < _senders.Length; i++)
        {
            _nonces[i] = _cloud.Replica.Pool.NextNonce(_senders[i].Address);
        }
    }

    private async Task SendAsync(CancellationToken cancellationToken)
    {
        TimeProvider real = TimeProvider.System;
        long start = real.GetTimestamp();
        long sent = 0;
        List<Task> running = [];
        while (!cancellationToken.IsCancellationRequested && real.GetElapsedTime(start) is var elapsed && (_options.Duration is not { } limit || elapsed < limit))
        {
            // What a stall of the machine has held up is sent late and not left out.
            long due = (long)(elapsed.TotalSeconds * _options.Rate);
            for (; sent < due && Volatile.Read(ref _inFlight) < MaxInFlight; sent++)
            {
                int sender = (int)(sent % _senders.Length);
                DemoCall call = Next(sender, sent);
                Interlocked.Increment(ref _inFlight);
                running.Add(SubmitAsync(sender, call));
            }

            running.RemoveAll(static task => task.IsCompletedSuccessfully);
            await Task.Delay(Tick, real, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(running).ConfigureAwait(false);
    }

    private DemoCall Next(int sender, long number)
    {
        TestAccount from = _senders[sender];
        Address to = _senders[_random.Next(_senders.Length)].Address;
        return (number % 20, _contracts) switch
        {
            ( >= 16, { } contracts) => new DemoCall(from, contracts.Router, contracts.SwapData(_random.Next(2) == 0, 1_000_000_000UL + (ulong)_random.Next(1_000_000), from.Address), 250_000),
            ( >= 11, { } contracts) => new DemoCall(from, contracts.First, DemoContracts.TransferData(to, 1_000UL + (ulong)_random.Next(1_000_000)), 100_000),
            _ => new DemoCall(from, to, [], 21_000, 1_000_000_000UL + (ulong)_random.Next(1_000_000)),
        };
    }

    /// <summary>One transaction of an account at a time, so that they come in the order of their nonces.</summary>
    private async Task SubmitAsync(int sender, DemoCall call)
    {
        await _turns[sender].WaitAsync().ConfigureAwait(false);
        try
        {
            Transaction transaction = Sign(call, _nonces[sender]);
            _meter.Submitting(transaction.Hash);
            if (await PostAsync(transaction, CancellationToken.None).ConfigureAwait(false) is { } refusal)
            {
                _meter.Refused(transaction.Hash, refusal);
                _nonces[sender] = _cloud.Replica.Pool.NextNonce(call.From.Address);
            }
            else
            {
                _nonces[sender]++;
            }
        }
        finally
        {
            _turns[sender].Release();
            Interlocked.Decrement(ref _inFlight);
        }
    }

    private Transaction Sign(DemoCall call, ulong nonce) => call.From.Sign(new TransactionFields
    {
        ChainId = _cloud.ChainId,
        Nonce = nonce,
        GasLimit = call.Gas,
        MaxFeePerGas = MaxFee,
        MaxPriorityFeePerGas = Tip,
        To = call.To,
        Value = call.Value,
        Data = call.Data,
    });

    /// <summary>Sends over HTTP; why it was refused where it was.</summary>
    private async Task<string?> PostAsync(Transaction transaction, CancellationToken cancellationToken)
    {
        using ByteArrayContent content = new(Encoding.ASCII.GetBytes($$"""{"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":["{{transaction.Raw}}"]}"""));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        try
        {
            using HttpResponseMessage response = await _http.PostAsync(_cloud.RpcUrl, content, cancellationToken).ConfigureAwait(false);
            using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
            return answer.RootElement.TryGetProperty("error", out JsonElement error) ? error.GetProperty("message").GetString() ?? "refused" : null;
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException)
        {
            return exception.Message;
        }
    }
}
