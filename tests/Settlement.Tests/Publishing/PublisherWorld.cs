using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.JsonRpc;
using Cloud.Settlement.Keys;
using Cloud.Settlement.L1;
using Cloud.Settlement.Publishing;
using Cloud.Settlement.Tests.Support;
using Cloud.Settlement.Transactions;
using Cloud.Settlement.Watching;
using Cloud.Testing.L1;

namespace Cloud.Settlement.Tests.Publishing;

/// <summary>A rollup on anvil, mined block by block, with a publisher that reaches it through faulty endpoints and that may be killed at any step.</summary>
internal sealed class PublisherWorld : IAsyncDisposable
{
    public const uint SlotDuration = 72;
    public const ulong BlockTime = 12;
    public const ulong BlocksPerSlot = SlotDuration / BlockTime;

    private readonly Random _random;
    private readonly L1FaultProxy[] _proxies;
    private readonly HttpJsonRpc[] _endpoints;
    private readonly L1Client _client;
    private readonly MemoryPublicationStore _store = new MemoryPublicationStore();
    private readonly IL1Signer[] _keys;
    private readonly L1Client _healthy;
    private readonly PublishingPolicy _policy;
    private RollupWatcher _watcher;
    private Publisher _publisher;
    private ulong _time;

    private PublisherWorld(Anvil anvil, TestRollup rollup, L1FaultProxy[] proxies, TimeProvider[] clocks, int seed, int keys, PublishingPolicy policy)
    {
        Anvil = anvil;
        Rollup = rollup;
        _random = new Random(seed);
        Kill = new KillSwitch(_random);
        _proxies = proxies;
        _policy = policy;
        _endpoints = [.. proxies.Select((proxy, i) => new HttpJsonRpc(proxy.Address, TimeSpan.FromSeconds(30), 64 << 20, clocks[i]))];
        _client = new L1Client(new CrashingRpc(new FailoverJsonRpc(_endpoints, 4, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(4), new InstantTime()), Kill));
        _healthy = new L1Client(new CrashingRpc(anvil.Rpc, Kill));
        _keys = [.. Enumerable.Range(0, keys).Select(i => new CrashingSigner(((KeyResult.Loaded)LocalSigner.Create(TestRollup.Key($"publisher {i}"))).Signer, Kill))];
        (_watcher, _publisher) = Boot(_client);
    }

    public Anvil Anvil { get; }

    public TestRollup Rollup { get; }

    public Publisher Publisher => _publisher;

    public RollupWatcher Watcher => _watcher;

    public IReadOnlyList<Address> Keys => [.. _keys.Select(key => key.Address)];

    public IReadOnlyList<L1FaultProxy> Proxies => _proxies;

    public List<PublicationOutcome> Outcomes { get; } = [];

    public List<LaneAlarm> Alarms { get; } = [];

    /// <summary>When the process dies.</summary>
    public KillSwitch Kill { get; }

    public int Crashes { get; private set; }

    public Random Random => _random;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<PublisherWorld> StartAsync(int seed, double faults, int keys = 2, PublishingPolicy? policy = null)
    {
        Anvil anvil = await Anvil.StartAsync("--slots-in-an-epoch", "2");
        const uint Epoch = 512;
        TestRollup rollup = await TestRollup.StartAsync(anvil, change: p => p with
        {
            SlotDuration = SlotDuration,
            EpochSlots = Epoch,
            RingSize = 2048,
            ExitDelay = RollupParameters.MinExitDelay(SlotDuration, Epoch, 2, 1),
        });
        await anvil.AskAsync("evm_setAutomine", false);
        L1FaultProxy[] proxies = new L1FaultProxy[2];
        TimeProvider[] clocks = new TimeProvider[proxies.Length];
        for (int i = 0; i < proxies.Length; i++)
        {
            // The proxy says when a time-out is over: a loaded machine meets none.
            TimeOutsOnDemand clock = new();
            clocks[i] = clock;
            proxies[i] = await L1FaultProxy.StartAsync(
                new L1FaultProxyOptions { Target = anvil.Address, Seed = seed + i, FaultRate = faults, MaxDelay = TimeSpan.FromMilliseconds(20), TimedOut = clock.Elapse }, Cancel);
        }

        PublisherWorld world = new(anvil, rollup, proxies, clocks, seed, keys, policy ?? new PublishingPolicy { MaxWaitBlocks = 1 });
        foreach (Address key in world.Keys)
        {
            await anvil.AskAsync("anvil_setBalance", key.ToString(), "0x56bc75e2d63100000");
        }

        world._time = (await anvil.HeadAsync()).Timestamp;
        return world;
    }

    public ulong StartOf(ulong slot) => Rollup.Parameters.GenesisTime + (slot * SlotDuration);

    /// <summary>The first slot that has not begun.</summary>
    public ulong NextSlot => ((_time - Rollup.Parameters.GenesisTime) / SlotDuration) + 1;

    /// <summary>Mines the next block, at a time or twelve seconds after the last one.</summary>
    public async Task MineAsync(ulong? time = null)
    {
        foreach (L1FaultProxy proxy in _proxies)
        {
            await proxy.ReinjectAsync(Cancel);
        }

        _time = Math.Max(time ?? (_time + BlockTime), _time + 1);
        await Anvil.GoToAsync(_time);
    }

    /// <summary>Takes the newest blocks back and mines others with the same times.</summary>
    public async Task ReorgAsync(int depth)
    {
        await Anvil.AskAsync("anvil_rollback", depth);
        ulong time = (await Anvil.HeadAsync()).Timestamp;
        for (int i = 0; i < depth; i++)
        {
            time = Math.Min(time + BlockTime + (ulong)_random.Next(0, 2), _time - (ulong)(depth - 1 - i));
            foreach (L1FaultProxy proxy in _proxies)
            {
                await proxy.ReinjectAsync(Cancel);
            }

            await Anvil.GoToAsync(Math.Max(time, (await Anvil.HeadAsync()).Timestamp + 1));
        }

        _time = Math.Max(_time, (await Anvil.HeadAsync()).Timestamp);
    }

    public async Task SpikeAsync(ulong factor)
    {
        UInt256 fee = (await Anvil.HeadAsync()).BaseFeePerGas * factor;
        await Anvil.AskAsync("anvil_setNextBlockBaseFeePerGas", fee.ToQuantity());
    }

    /// <summary>Fees fall to what they were.</summary>
    public async Task CalmAsync() => await Anvil.AskAsync("anvil_setNextBlockBaseFeePerGas", "0x3b9aca00");

    /// <summary>Makes a checkpoint of a slot on a parent, and hands it to the publisher. Dies and starts again as often as it must.</summary>
    public async Task<CheckpointHeader> EnqueueAsync(ulong slot, Hash256 parent, BlobSidecar? sidecar = null)
    {
        CheckpointHeader header = Rollup.Header(slot, parent);
        PublicationRequest request = Request(header, sidecar ?? Sidecars.One);
        while (true)
        {
            try
            {
                EnqueueOutcome outcome = await _publisher.EnqueueAsync(request, Cancel);
                Assert.False(outcome is EnqueueOutcome.Full, "the queue is full");
                return header;
            }
            catch (CrashException)
            {
                Restart();
            }
        }
    }

    public PublicationRequest Request(CheckpointHeader header, BlobSidecar sidecar)
    {
        Hash256 blobs = CheckpointRecord.HashOfBlobs(sidecar.VersionedHashes.AsSpan());
        byte[] key = Rollup.KeyOf(Rollup.CommitteeOf(header.Slot).ProposerAt(header.Slot));
        Signature signature = Secp256k1.Sign(key, Keccak256.Hash(RollupDigests.Publication(TestRollup.L2ChainId, Rollup.Address, header.Slot, header.Hash, blobs)));
        PublicationPayload payload = new(
            header, CompactSignature.From(signature), new CommitteeTree(Rollup.CommitteeOf(header.Slot)).ProposerProof(header.Slot), 0, sidecar.Blobs);
        return new PublicationRequest(payload, sidecar, StartOf(header.Slot), StartOf(header.Slot + 1));
    }

    /// <summary>One look at L1, as the publisher's owner does at each head. Nothing happens where L1 does not answer.</summary>
    public async Task<PublisherTick?> TickAsync()
    {
        try
        {
            // After a start history comes first, in ranges.
            do
            {
                if (!(await _watcher.PollAsync(Cancel)).TryGet(out _, out _))
                {
                    return null;
                }
            }
            while (_watcher.View is null);
            WatcherView view = _watcher.View;

            PublisherTick tick = await _publisher.TickAsync(view, Cancel);
            Assert.False(tick.IsConflict, "two publishers");
            Outcomes.AddRange(tick.Outcomes);
            Alarms.AddRange(tick.Alarms);
            return tick;
        }
        catch (CrashException)
        {
            Restart();
            return null;
        }
    }

    public Task<PublicationLedger> LedgerAsync() => _store.ReadAsync(Cancel).AsTask();

    public void Restart()
    {
        Crashes++;
        _publisher.Dispose();
        (_watcher, _publisher) = Boot(_client);
    }

    /// <summary>The process starts again with an endpoint that is as good as the node itself, and dies no more.</summary>
    public void Heal()
    {
        Kill.Rate = 0;
        foreach (L1FaultProxy proxy in _proxies)
        {
            proxy.IsDead = false;
            proxy.IsHealthy = true;
        }

        _publisher.Dispose();
        (_watcher, _publisher) = Boot(_healthy);
    }

    public async ValueTask DisposeAsync()
    {
        _publisher.Dispose();
        foreach (HttpJsonRpc endpoint in _endpoints)
        {
            endpoint.Dispose();
        }

        foreach (L1FaultProxy proxy in _proxies)
        {
            await proxy.DisposeAsync();
        }

        await Anvil.DisposeAsync();
    }

    private (RollupWatcher Watcher, Publisher Publisher) Boot(L1Client client)
    {
        CrashingStore store = new(_store, Kill);
        RollupWatcher watcher = new(client, new WatcherOptions { Rollup = Rollup.Address, GenesisHash = Rollup.Parameters.GenesisHash });
        return (watcher, new Publisher(client, _keys, store, new PublisherOptions { ChainId = Anvil.ChainId, Rollup = Rollup.Address, Policy = _policy }));
    }
}
