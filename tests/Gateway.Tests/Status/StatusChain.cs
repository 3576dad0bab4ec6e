using System.Text;
using System.Text.Json;
using Cloud.Gateway.Tests.Support;
using Cloud.Protocol.Checkpoints;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Validation;
using Cloud.Settlement.L1Events;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Cloud.Gateway.Tests.Status;

/// <summary>A test chain whose L1 moves when the test says so. The gateway shares the node's clock.</summary>
internal sealed class StatusChain : TestChain
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private ulong _l1Number;
    private Hash256 _l1Hash = Keccak256.Hash("l1 0"u8);
    private ulong _checkpoint;
    private Hash256 _parentCheckpoint;

    private StatusChain()
        : base(null)
    {
    }

    public bool IsDraining => Services.GetRequiredService<Gateway.Http.DrainState>().IsDraining;

    public void Drain() => Services.GetRequiredService<Gateway.Http.DrainState>().Begin();

    public static Task<StatusChain> StartAsync(Action<WebApplicationBuilder>? configure = null)
    {
        StatusChain chain = new();
        return OpenAsync(chain, builder =>
        {
            builder.Services.AddSingleton(chain.Time);
            configure?.Invoke(builder);
        });
    }

    /// <summary>Moves the clock until a flashblock shows a transaction.</summary>
    public async Task ShowAsync(Hash256 transaction)
    {
        while (Node.View.Pending?.Transactions.Any(shown => shown.Hash == transaction) != true)
        {
            await FlashblockAsync();
        }
    }

    /// <summary>Gives the newest chunk its certificate.</summary>
    public async Task CertifyAsync()
    {
        ChunkHeader header = Node.View.Latest.Proposal!.Header;
        ulong number = Node.View.Latest.Number;
        await Node.CertificateArrivedAsync(Certify(header));
        await UntilAsync(() => Node.View.Tips.Attested.Number >= number);
    }

    /// <summary>Proposes the checkpoint of the slot with the chunks that are there.</summary>
    public async Task<CheckpointHeader> ProposeCheckpointAsync()
    {
        CandidateChunk[] chunks = [.. Node.View.Recent.Where(block => block.Slot == Slot).Select(block => new CandidateChunk(block.Proposal!.Header, block.Hash, ChunkStanding.Certified))];
        CheckpointHeader header = CheckpointAssembly.HeaderOf(Node.Timetable.Consensus, _parentCheckpoint, chunks, Hash256.Zero);
        CheckpointProposal proposal = new(Genesis.Context, header, Sign(header.Statement));
        _parentCheckpoint = header.Hash;
        await Node.CheckpointArrivedAsync(new Validated<CheckpointProposal>(proposal, new Validity.Accepted(Validator)));
        return header;
    }

    /// <summary>Adds an L1 block.</summary>
    public async Task<L1BlockRef> L1BlockAsync(params RollupChange[] changes)
    {
        L1BlockRef id = new(++_l1Number, Keccak256.Hash(Encoding.UTF8.GetBytes($"l1 {_l1Number}")));
        await Node.L1MovedAsync(new L1Update.Block(id, _l1Hash, Time.GetUtcNow(), [.. changes]));
        _l1Hash = id.Hash;
        return id;
    }

    /// <summary>Lands a checkpoint on L1.</summary>
    public Task<L1BlockRef> LandAsync(CheckpointHeader header) => L1BlockAsync(new RollupChange.CheckpointLanded(++_checkpoint, header, AttestationVerdict.Valid));

    /// <summary>Proves all checkpoints, then makes L1 final.</summary>
    public async Task FinalizeAsync()
    {
        L1BlockRef proven = await L1BlockAsync(new RollupChange.EpochProven(_checkpoint));
        await Node.L1MovedAsync(new L1Update.Finalized(proven));
    }

    public async Task<JsonElement> GetAsync(string path, System.Net.HttpStatusCode status = System.Net.HttpStatusCode.OK)
    {
        using HttpResponseMessage response = await Http.GetAsync(path, Token);
        string text = await response.Content.ReadAsStringAsync(Token);
        Assert.True(response.StatusCode == status, $"{path}: {(int)response.StatusCode} {text}");
        using JsonDocument document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    /// <summary>Reads a resource until it shows something.</summary>
    public async Task<JsonElement> GetUntilAsync(string path, Func<JsonElement, bool> shows)
    {
        JsonElement last = default;
        long start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            using HttpResponseMessage response = await Http.GetAsync(path, Token);
            string text = await response.Content.ReadAsStringAsync(Token);
            using JsonDocument document = JsonDocument.Parse(text);
            last = document.RootElement.Clone();
            if (response.IsSuccessStatusCode && shows(last))
            {
                return last;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(start) < Limit, $"{path} never showed it: {last}");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Token);
        }
    }
}
