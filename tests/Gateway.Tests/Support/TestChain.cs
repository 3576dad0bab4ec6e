using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Cloud.Execution.Processing;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Genesis;
using Cloud.Replica.Node;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cloud.Gateway.Tests.Support;

/// <summary>A real node on disk with a gateway on a real port, and one producer that builds when the test says so. The node's clock is the test's, the gateway's is real.</summary>
internal class TestChain : IAsyncDisposable, IFlashblockPublisher
{
    public const ulong ChainId = 901;
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("gateway").FullName;
    private readonly byte[] _validatorKey = KeyOf(1);
    private readonly SigningDomains _domains;
    private readonly CancellationTokenSource _stop = new();
    private readonly CountedWork _work = new();
    private WebApplication _application = null!;
    private ulong _slot;
    private uint _index;
    private bool _hasPlace;
    private Task<BuildOutcome>? _building;

    protected TestChain(TimeProvider? time)
    {
        Manual = time is null ? new ManualTime() : null;
        Time = time ?? Manual!;
        Manual?.Advance(Start - Manual.GetUtcNow());
        DateTimeOffset genesis = Manual is null ? new DateTimeOffset(Time.GetUtcNow().Ticks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero) : Start;
        Validator = AddressOf(_validatorKey);
        Users = [.. Enumerable.Range(100, 8).Select(KeyOf)];
        Genesis = new GenesisConfig
        {
            Chain = new ChainConfig { ChainId = ChainId },
            Rollup = Protocol.Primitives.Address.Parse("0x00000000000000000000000000000000000000c0"),
            Timing = Manual is null ? TimingFrom(genesis) : TimingOf(genesis, 12),
            Committee = new CommitteeRules(32, 1, 2, 2),
            Validators = [Validator],
            Accounts = [.. Users.Select(user => new GenesisAccount(AddressOf(user), UInt256.Parse("10000000000000000000000")))],
        };
        _domains = new SigningDomains(Genesis.Context);
        Committee = ((CommitteeResult.Formed)Committee.Draw(0, [Validator], 1, CommitteeRules.Seed(0, default))).Committee;
    }

    public ManualTime? Manual { get; }

    public TimeProvider Time { get; }

    public GenesisConfig Genesis { get; }

    public Address Validator { get; }

    public Committee Committee { get; }

    public ImmutableArray<byte[]> Users { get; }

    public ReplicaNode Node { get; private set; } = null!;

    public HttpClient Http { get; } = new();

    public Uri Address { get; private set; } = null!;

    public IServiceProvider Services => _application.Services;

    /// <summary>Slot of the newest chunk.</summary>
    public ulong Slot => _hasPlace ? _slot : Node.Timetable.Consensus.BuildingSlotAt(Time.GetUtcNow()) ?? 0;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ConsensusTiming TimingOf(DateTimeOffset genesis, int slot) => ConsensusTiming.WithDefaults(
        TimingProfile.Continuous, genesis, TimeSpan.FromSeconds(slot), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));

    /// <summary>Nothing is posted to L1 here: in real time the slot is so long that nothing is given up while a test runs, and the frame of slot 1 begins at once.</summary>
    private static ConsensusTiming TimingFrom(DateTimeOffset now)
    {
        const int Slot = 1200;
        ConsensusTimetable timetable = ((TimetableResult<ConsensusTimetable>.Created)ConsensusTimetable.Create(TimingOf(now, Slot))).Timetable;
        return TimingOf(now + (now - timetable.FrameStart(1)) + TimeSpan.FromSeconds(2), Slot);
    }

    public static Task<TestChain> StartAsync(TimeProvider? time = null, Action<WebApplicationBuilder>? configure = null) => OpenAsync(new TestChain(time), configure);

    protected static async Task<T> OpenAsync<T>(T chain, Action<WebApplicationBuilder>? configure)
        where T : TestChain
    {
        chain.Node = await ReplicaNode.OpenAsync(chain.Genesis, new ReplicaOptions { DataFolder = Path.Combine(chain._folder, "node") }, new ReplicaServices { Time = chain.Manual?.For(chain) ?? chain.Time, Work = chain._work });
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.Services.AddSingleton(chain.Node);
        configure?.Invoke(builder);
        builder.Services.AddGateway(builder.Configuration);
        chain._application = builder.Build();
        chain._application.MapGateway();
        await chain._application.StartAsync(Token);
        string url = chain._application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        chain.Address = chain.Http.BaseAddress = new Uri(url);
        return chain;
    }

    public static byte[] KeyOf(int number)
    {
        byte[] key = new byte[32];
        BinaryPrimitives.WriteInt32BigEndian(key.AsSpan(28), number);
        return key;
    }

    public static Address AddressOf(byte[] key) => Secp256k1.TryGetAddress(key, out Address address) ? address : throw new ArgumentException("no key", nameof(key));

    public Address User(int number) => AddressOf(Users[number]);

    public Transaction Transfer(int from, ulong nonce, Address? to = null, ulong value = 1, ulong gas = 21_000, byte[]? data = null, bool creates = false) => new TransactionFields
    {
        ChainId = ChainId,
        Nonce = nonce,
        MaxPriorityFeePerGas = 1_000_000,
        MaxFeePerGas = 10_000_000_000,
        GasLimit = gas,
        To = creates ? null : to ?? Protocol.Primitives.Address.Parse("0x00000000000000000000000000000000000abcde"),
        Value = value,
        Data = data ?? [],
    }.Sign(Users[from]);

    public async Task<Hash256> SendAsync(Transaction transaction)
    {
        JsonElement hash = await ResultAsync("eth_sendRawTransaction", transaction.Raw.ToString());
        Assert.Equal(transaction.Hash.ToString(), hash.GetString());
        return transaction.Hash;
    }

    /// <summary>Starts a chunk on top of the newest block, at the next place of the timetable.</summary>
    public void BeginChunk()
    {
        Assert.Null(_building);
        NextPlace();
        TimeSpan early = Deadline - Genesis.Timing.Chunk - Time.GetUtcNow();
        if (Manual is not null && early > TimeSpan.Zero)
        {
            Manual.Advance(early);
        }

        BuildRequest request = new(_slot, _index, Node.View.Latest.Hash, Validator, Validator, Deadline, 0, IsLast: _index == ChunksPerSlot - 1);
        _building = Node.BuildAsync(request, this, _stop.Token);
    }

    /// <summary>Moves the clock until the next flashblock is shown.</summary>
    public async Task FlashblockAsync()
    {
        if (_building is null)
        {
            BeginChunk();
        }

        int before = Node.View.PendingBlocks.IsEmpty ? 0 : Node.View.PendingBlocks[^1].Flashblocks.Length;
        await DriveAsync(() => !Node.View.PendingBlocks.IsEmpty && Node.View.PendingBlocks[^1].Flashblocks.Length > before, () => $"{_building!.Status}");
    }

    /// <summary>Moves the clock to the chunk's end, signs the chunk and takes it into the chain.</summary>
    public async Task SealAsync()
    {
        if (_building is null)
        {
            BeginChunk();
        }

        Task<BuildOutcome> building = _building!;
        await DriveAsync(() => building.IsCompleted);
        BuildOutcome.Sealed built = await building as BuildOutcome.Sealed ?? throw new InvalidOperationException($"slot {_slot} chunk {_index}: {await building}");
        ulong number = built.Header.Block.Number;
        AdoptOutcome adopted = await Node.AdoptAsync(new ChunkProposal(Genesis.Context, built.Header, Sign(built.Header.Statement)));
        _building = null;
        await UntilAsync(() => Node.View.Latest.Number >= number, () => $"not adopted: {adopted}");
    }

    private int ChunksPerSlot => (int)(Genesis.Timing.Slot / Genesis.Timing.Chunk);

    private DateTimeOffset Deadline => Node.Timetable.Consensus.FrameStart(_slot) + (Genesis.Timing.Chunk * (_index + 1));

    private void NextPlace()
    {
        DateTimeOffset soonest = Time.GetUtcNow() + Interval;
        if (_hasPlace)
        {
            _index++;
        }

        _hasPlace = true;
        while (_index >= ChunksPerSlot || Deadline < soonest)
        {
            _slot++;
            _index = 0;
        }
    }

    private async Task DriveAsync(Func<bool> done, Func<string>? explain = null)
    {
        if (Manual is null)
        {
            await UntilAsync(done, explain);
            return;
        }

        long start = TimeProvider.System.GetTimestamp();
        while (!done())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, explain?.Invoke() ?? "it did not happen in time");

            // A builder that has not heard of a transaction yet would close its flashblock without it.
            if (_work.IsIdle)
            {
                Manual.AdvanceToNext(this, 2 * Interval);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Token);
        }
    }

    /// <summary>Builds chunk after chunk in real time.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await SealAsync();
        }
    }

    public async ValueTask<Signature?> SignAsync(FlashblockPayload payload, CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        return Sign(payload.Statement);
    }

    public ValueTask EmitAsync(Flashblock flashblock, CancellationToken cancellationToken) => default;

    public Signature Sign(in Statement statement) => Secp256k1.Sign(_validatorKey, _domains.Digest(statement));

    public ChunkCertificate Certify(ChunkHeader header)
    {
        Statement statement = new(Duty.ChunkAttestation(header.Slot, header.Producer, header.Index, AttestationKind.Executed), header.Hash);
        return new ChunkCertificate(
            Genesis.Context, header.Slot, header.Producer, header.Index, AttestationKind.Executed, header.Hash, SignerSet.Of([KeyValuePair.Create(0, Sign(statement))]));
    }

    public async Task<JsonDocument> CallAsync(string method, params object?[] parameters)
    {
        string request = JsonSerializer.Serialize(new Dictionary<string, object?> { ["jsonrpc"] = "2.0", ["id"] = 1, ["method"] = method, ["params"] = parameters });
        using StringContent content = new(request, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using HttpResponseMessage response = await Http.PostAsync("/", content, Token);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token));
    }

    public async Task<JsonElement> ResultAsync(string method, params object?[] parameters)
    {
        using JsonDocument answer = await CallAsync(method, parameters);
        Assert.True(answer.RootElement.TryGetProperty("result", out JsonElement result), $"{method}: {answer.RootElement}");
        return result.Clone();
    }

    public async Task<(int Code, string Message, string? Data)> ErrorAsync(string method, params object?[] parameters)
    {
        using JsonDocument answer = await CallAsync(method, parameters);
        Assert.True(answer.RootElement.TryGetProperty("error", out JsonElement error), $"{method}: {answer.RootElement}");
        return (error.GetProperty("code").GetInt32(), error.GetProperty("message").GetString()!, error.TryGetProperty("data", out JsonElement data) ? data.GetString() : null);
    }

    public static async Task UntilAsync(Func<bool> condition, Func<string>? explain = null)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > Patience)
            {
                Assert.Fail(explain?.Invoke() ?? "it did not happen in time");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        while (_building is { IsCompleted: false } building)
        {
            // A builder waits for its clock, which only this test moves.
            Manual?.Advance(Interval);
            await Task.WhenAny(building, Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, CancellationToken.None));
        }

        await _application.StopAsync(CancellationToken.None);
        await _application.DisposeAsync();
        await Node.DisposeAsync();
        Http.Dispose();
        _stop.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
