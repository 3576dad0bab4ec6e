using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Keys;
using Cloud.Settlement.L1;
using Cloud.Storage;

namespace Cloud.Testing.L1;

/// <summary>An L1 of one's own, with blocks at a fixed interval, that keeps its chain in a folder and stands still while it does not run.</summary>
public sealed class LocalL1 : IAsyncDisposable
{
    // The first account of anvil's well-known phrase; it has a billion ETH on this chain and none elsewhere.
    private const string WellKnownKey = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

    private static readonly TimeSpan SaveInterval = TimeSpan.FromMinutes(1);

    private readonly AnvilProcess _anvil;
    private readonly string _state;
    private readonly CancellationTokenSource _stopped = new();
    private readonly Task _saving;

    private LocalL1(AnvilProcess anvil, string state)
    {
        _anvil = anvil;
        _state = state;
        _saving = SaveAsync();
    }

    /// <summary>Where it listens: JSON-RPC, and the beacon node's endpoints for blobs.</summary>
    public Uri Address => _anvil.Address;

    /// <summary>The chain.</summary>
    public IL1Client Client => _anvil.Client;

    /// <summary>An account with all the money.</summary>
    public static IL1Signer Rich => LocalSigner.Create(Hex.Decode(WellKnownKey)) is KeyResult.Loaded loaded ? loaded.Signer : throw new InvalidOperationException("The well-known key is none.");

    /// <summary>Starts it, with no blocks by itself yet but one for each transaction.</summary>
    /// <param name="folder">Where its chain is kept; it goes on where it was.</param>
    /// <param name="begin">What time it is where the chain begins anew.</param>
    /// <param name="epochBlocks">Blocks of an epoch of L1: a block is final two epochs later.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <returns>It listens.</returns>
    /// <exception cref="FileNotFoundException">Anvil is not installed.</exception>
    /// <exception cref="InvalidOperationException">It ended at once; the message says why.</exception>
    public static async Task<LocalL1> StartAsync(string folder, DateTimeOffset begin, int epochBlocks = 4, CancellationToken cancellationToken = default)
    {
        Directory.CreateDirectory(folder);
        string state = Path.Combine(folder, "state.json");

        // Anvil writes over what it finds, and a full disk would leave an empty file: it writes another one when it ends, which takes the place of the last whole one if it is whole itself.
        string ended = Path.Combine(folder, "state.ended.json");
        if (IsWhole(ended))
        {
            File.Move(ended, state, overwrite: true);
        }

        // States of old blocks would fill the disk; the deepest reorganisation that is followed needs fewer than these.
        List<string> arguments = ["--dump-state", ended, "--prune-history", "256", "--slots-in-an-epoch", epochBlocks.ToString(CultureInfo.InvariantCulture)];
        if (File.Exists(state))
        {
            arguments.AddRange(["--load-state", state]);
        }
        else
        {
            arguments.AddRange(["--timestamp", begin.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)]);
        }

        return new LocalL1(await AnvilProcess.StartAsync(arguments, cancellationToken).ConfigureAwait(false), state);
    }

    /// <summary>Time of its newest block.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The time.</returns>
    public async Task<DateTimeOffset> HeadTimeAsync(CancellationToken cancellationToken = default) =>
        DateTimeOffset.FromUnixTimeSeconds((long)((await Client.GetBlockAsync(BlockTag.Latest, cancellationToken).ConfigureAwait(false)).Require()?.Timestamp ?? 0));

    /// <summary>Sets its clock.</summary>
    /// <param name="now">What time it is; after its newest block.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task SetTimeAsync(DateTimeOffset now, CancellationToken cancellationToken = default) => AskAsync("anvil_setTime", [now.ToUnixTimeSeconds()], cancellationToken);

    /// <summary>Makes a block at each interval from now on, and no more for each transaction.</summary>
    /// <param name="interval">The interval, whole seconds; zero stops it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task RunAsync(TimeSpan interval, CancellationToken cancellationToken = default)
    {
        await AskAsync("evm_setAutomine", [false], cancellationToken).ConfigureAwait(false);
        await AskAsync("evm_setIntervalMining", [(long)interval.TotalSeconds], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Gives an account money from nowhere.</summary>
    /// <param name="account">The account.</param>
    /// <param name="balance">What it has then, in wei.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task GiveAsync(Protocol.Primitives.Address account, UInt256 balance, CancellationToken cancellationToken = default) =>
        AskAsync("anvil_setBalance", [account.ToString(), balance.ToQuantity()], cancellationToken);

    /// <summary>Makes one block now.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task MineAsync(CancellationToken cancellationToken = default) => AskAsync("evm_mine", [], cancellationToken);

    /// <summary>Takes its newest blocks off and puts as many others in their place; their transactions are gone.</summary>
    /// <param name="depth">How many blocks.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task ReorganiseAsync(int depth, CancellationToken cancellationToken = default) => AskAsync("anvil_reorg", [depth, new JsonArray()], cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync().ConfigureAwait(false);
        await _saving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopped.Dispose();
        await _anvil.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Keeps the chain as it is now.</summary>
    internal Task KeepAsync(CancellationToken cancellationToken) => DurableFile.WriteAsync(_state, stream => _anvil.CopyStateAsync(stream, cancellationToken));

    private static bool IsWhole(string file)
    {
        if (!File.Exists(file))
        {
            return false;
        }

        try
        {
            using FileStream stream = File.OpenRead(file);
            using JsonDocument state = JsonDocument.Parse(stream);
            return state.RootElement.TryGetProperty("blocks", out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Keeps the chain as it is once a minute: what is lost with a full disk is no more than that.</summary>
    private async Task SaveAsync()
    {
        using PeriodicTimer timer = new(SaveInterval, TimeProvider.System);
        while (await timer.WaitForNextTickAsync(_stopped.Token).ConfigureAwait(false))
        {
            try
            {
                await KeepAsync(_stopped.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is StorageException or InvalidDataException or HttpRequestException || (exception is TaskCanceledException && !_stopped.IsCancellationRequested))
            {
                // The one before stays.
            }
        }
    }

    private async Task AskAsync(string method, JsonArray parameters, CancellationToken cancellationToken) =>
        await _anvil.AskAsync(method, parameters, cancellationToken).ConfigureAwait(false);
}
