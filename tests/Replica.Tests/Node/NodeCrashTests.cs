using System.Diagnostics;
using System.Globalization;
using Cloud.Execution.State;
using Cloud.Protocol.Checkpoints;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Chain;
using Cloud.Replica.Chains;
using Cloud.Replica.Feed;
using Cloud.Replica.Node;
using Cloud.Replica.Statuses;
using Cloud.Replica.Views;
using Cloud.Settlement.L1Events;

namespace Cloud.Replica.Tests.Node;

/// <summary>A process that submits, builds, adopts, certifies and settles is killed at random moments; what it had emitted must be there afterwards. REPLICA_TESTS_KILLS sets how often.</summary>
public sealed class NodeCrashTests
{
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("REPLICA_TESTS_KILLS") ?? "20", CultureInfo.InvariantCulture);

    // Short flashblocks and a journal that is written anew often, so that there is much to lose.
    private static readonly ReplicaOptions BaseOptions = new()
    {
        Budgets = LocalBudgets.Cluster with { FlashblockInterval = TimeSpan.FromMilliseconds(20) },
        CompactAfter = 256,
        Feed = new FeedOptions { MaxSlotsAhead = 10_000 },
        Chain = new ChainOptions { SettleDepth = 2 },
        State = new WorldStateOptions { MapSize = 64 << 20 },
    };

    [Fact]
    public async Task What_was_emitted_or_accepted_before_a_kill_is_there_after_it()
    {
        using TemporaryFolder folder = new();
        DateTimeOffset genesis = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        Dictionary<(ulong, uint, uint), Hash256> flashblocks = [];
        HashSet<Hash256> accepted = [];
        HashSet<Hash256> sealedBlocks = [];
        int seed = Environment.TickCount;
        for (int kill = 0; kill < Kills; kill++)
        {
            RunAndKill(folder.Path, genesis, seed + kill, flashblocks, accepted, sealedBlocks);
            await CheckAsync(folder.Path, genesis, flashblocks, accepted, sealedBlocks, seed + kill);
        }

        Assert.True(flashblocks.Count > Kills, $"Only {flashblocks.Count} flashblocks were emitted.");
        Assert.True(accepted.Count > Kills, $"Only {accepted.Count} transactions were accepted.");
    }

    /// <summary>The child: says on a line of its own what is promised, right after it may be.</summary>
    internal static async Task RunForeverAsync(string folder, DateTimeOffset genesis)
    {
        NodeRollup rollup = new(TimingProfile.Continuous, 8, genesis, slotSeconds: 120);
        await using ReplicaNode node = await ReplicaNode.OpenAsync(rollup.Genesis, BaseOptions with { DataFolder = folder });
        Speaker speaker = new(rollup);
        Task clients = Task.WhenAll(Enumerable.Range(0, rollup.Accounts.Length).Select(i => Task.Run(() => SubmitForeverAsync(node, rollup, i, speaker))));
        Task sequencer = Task.Run(() => SequenceForeverAsync(node, rollup, speaker));
        await Task.WhenAny(clients, sequencer, node.Completion);
        await Console.Error.WriteLineAsync($"{clients.Exception}{sequencer.Exception}{node.Completion.Exception}");
    }

    private static async Task SubmitForeverAsync(ReplicaNode node, NodeRollup rollup, int client, Speaker speaker)
    {
        Address account = rollup.Accounts[client];
        while (true)
        {
            ulong nonce = node.Pool.NextNonce(in account);
            Transaction transaction = rollup.Send(account, nonce, value: 1);
            if (await node.SubmitAsync(transaction.Raw.Memory) is SubmitOutcome.Accepted done)
            {
                speaker.Say($"t {done.Hash}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    /// <summary>Builds one slot after the other, ahead of the clock, so that none is overdue: six short chunks, each certified, then the checkpoint, on L1 at once.</summary>
    private static async Task SequenceForeverAsync(ReplicaNode node, NodeRollup rollup, Speaker speaker)
    {
        while (true)
        {
            ulong slot = node.View.Checkpoints + 1;
            Address producer = rollup.Committee.ProposerAt(slot);
            SlotResumption? resumption = await node.FindResumptionAsync(slot, producer);
            if (resumption?.Chunks is { IsEmpty: false } chunks && chunks[^1].Header.IsLast)
            {
                await LandAsync(node, rollup, slot, resumption.Checkpoint);
                continue;
            }

            Hash256 parent = resumption is null ? Assert.IsType<ParentChoice.Chosen>(await node.ChooseParentAsync(slot)).Block.Hash
                : resumption.Chunks.IsEmpty ? resumption.Block
                : resumption.Chunks[^1].Header.Block.ComputeHash();
            uint index = (uint)(resumption?.Chunks.Length ?? 0);
            DateTimeOffset deadline = TimeProvider.System.GetUtcNow() + TimeSpan.FromMilliseconds(200);
            BuildRequest request = new(slot, index, parent, producer, producer, deadline, 0, index == 5, resumption?.IsChunkOpen ?? false, 2);
            BuildOutcome outcome = await node.BuildAsync(request, speaker);
            BuildOutcome.Sealed built = outcome as BuildOutcome.Sealed ?? throw new InvalidOperationException($"{outcome} for {request}");
            AdoptOutcome adopted = await node.AdoptAsync(rollup.Propose(built.Header));
            if (adopted is not AdoptOutcome.Adopted)
            {
                throw new InvalidOperationException(adopted.ToString());
            }

            speaker.Say($"c {built.BlockHash}");
            await node.CertificateArrivedAsync(rollup.Certify(built.Header));
        }
    }

    private static async Task LandAsync(ReplicaNode node, NodeRollup rollup, ulong slot, Hash256 parent)
    {
        CandidateChunk[] chunks = [.. node.View.Recent.Where(block => block.Slot == slot).Select(block => new CandidateChunk(block.Proposal!.Header, block.Hash, ChunkStanding.Certified))];
        CheckpointHeader checkpoint = CheckpointAssembly.HeaderOf(rollup.Timetable.Consensus, in parent, chunks, Hash256.Zero);
        await node.CheckpointArrivedAsync(NodeRollup.Valid(rollup.Propose(checkpoint)));
        ulong l1 = node.View.L1Head?.Number ?? 0;
        for (int i = 0; i < 3; i++)
        {
            l1++;
            RollupChange[] changes = i == 0 ? [new RollupChange.CheckpointLanded(node.View.Checkpoints + 1, checkpoint, AttestationVerdict.Valid)] : [];
            await node.L1MovedAsync(new L1Update.Block(
                new L1BlockRef(l1, NodeRollup.Digest($"l1 {l1} ")), NodeRollup.Digest($"l1 {l1 - 1} "), rollup.Timetable.Consensus.SlotStart(slot).AddSeconds(-6), [.. changes]));
        }
    }

    // Lines come as promises are made: reading a given number of them is the random moment, without a clock.
    private static void RunAndKill(string folder, DateTimeOffset genesis, int seed, Dictionary<(ulong, uint, uint), Hash256> flashblocks, HashSet<Hash256> accepted, HashSet<Hash256> sealedBlocks)
    {
        using Process child = NodeChildProcess.Start(folder, genesis);
        int lines = new Random(seed).Next(1, 600);
        for (int i = 0; i < lines; i++)
        {
            Take(child.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The child ended by itself."));
        }

        child.Kill();
        string rest = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        foreach (string line in rest.Split('\n', StringSplitOptions.RemoveEmptyEntries)[..^(rest.EndsWith('\n') || rest.Length == 0 ? 0 : 1)])
        {
            Take(line);
        }

        void Take(string line)
        {
            string[] words = line.Split(' ');
            if (words[0] == "t")
            {
                accepted.Add(Hash256.Parse(words[1]));
            }
            else if (words[0] == "c")
            {
                sealedBlocks.Add(Hash256.Parse(words[1]));
            }
            else if (words[0] == "f")
            {
                (ulong, uint, uint) key = (ulong.Parse(words[1], CultureInfo.InvariantCulture), uint.Parse(words[2], CultureInfo.InvariantCulture), uint.Parse(words[3], CultureInfo.InvariantCulture));
                Hash256 hash = Hash256.Parse(words[4]);
                Assert.True(!flashblocks.TryGetValue(key, out Hash256 known) || known == hash, $"Two flashblocks were emitted for {key}.");
                flashblocks[key] = hash;
                foreach (string transaction in words[5..])
                {
                    accepted.Add(Hash256.Parse(transaction));
                }
            }
        }
    }

    private static async Task CheckAsync(string folder, DateTimeOffset genesis, Dictionary<(ulong, uint, uint), Hash256> flashblocks, HashSet<Hash256> accepted, HashSet<Hash256> sealedBlocks, int seed)
    {
        NodeRollup rollup = new(TimingProfile.Continuous, 8, genesis, slotSeconds: 120);
        await using ReplicaNode node = await ReplicaNode.OpenAsync(rollup.Genesis, BaseOptions with { DataFolder = folder });
        ReplicaView view = node.View;
        foreach (Hash256 hash in accepted)
        {
            TransactionReport? report = node.FindReport(in hash);
            Assert.True(report is not null && report.Status is not TransactionStatus.Dropped, $"Seed {seed}: transaction {hash} is lost: {report?.Status}");
            if (report!.Status is TransactionStatus.Pending)
            {
                Assert.True(node.Pool.TryGet(in hash, out _), $"Seed {seed}: transaction {hash} is pending and not in the pool.");
            }
            else
            {
                Assert.NotNull(view.FindTransaction(in hash));
            }
        }

        foreach (Hash256 block in sealedBlocks)
        {
            Assert.True(view.FindBlock(in block) is not null, $"Seed {seed}: block {block} is lost.");
        }

        for (int i = 1; i < view.Recent.Length; i++)
        {
            Assert.Equal(view.Recent[i - 1].Hash, view.Recent[i].Header.ParentHash);
        }

        // Flashblocks that are neither sealed nor settled yet are the pending block; those that were sealed are in their block.
        foreach (((ulong slot, uint chunk, uint index), Hash256 hash) in flashblocks)
        {
            PendingBlock? pending = view.PendingBlocks.FirstOrDefault(block => (block.Slot, block.Chunk) == (slot, chunk));
            if (pending is not null)
            {
                Assert.True(index < pending.Flashblocks.Length && pending.Flashblocks[(int)index].Payload.Hash == hash, $"Seed {seed}: flashblock {slot}/{chunk}/{index} is not what was emitted.");
            }
        }
    }

    /// <summary>Signs as a ledger would: once for each position, durably enough for a test that never resumes a half-signed one with other content.</summary>
    private sealed class Speaker(NodeRollup rollup) : IFlashblockPublisher
    {
        private readonly Lock _gate = new();

        public ValueTask<Signature?> SignAsync(FlashblockPayload payload, CancellationToken cancellationToken) =>
            ValueTask.FromResult<Signature?>(rollup.Sign(payload.Producer, payload.Statement));

        public ValueTask EmitAsync(Flashblock flashblock, CancellationToken cancellationToken)
        {
            FlashblockPayload payload = flashblock.Payload;
            Say($"f {payload.Slot} {payload.Chunk} {payload.Index} {payload.Hash}{string.Concat(payload.Diff.Transactions.Select(raw => $" {Keccak256.Hash(raw.Span)}"))}");
            return ValueTask.CompletedTask;
        }

        public void Say(string line)
        {
            lock (_gate)
            {
                Console.Out.WriteLine(line);
                Console.Out.Flush();
            }
        }
    }
}
