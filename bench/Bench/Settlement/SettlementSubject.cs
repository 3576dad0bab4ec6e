using System.Collections.Immutable;
using System.Diagnostics;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Settlement.Blobs;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.Deployment;
using Cloud.Settlement.Keys;
using Cloud.Settlement.L1;
using Cloud.Settlement.Transactions;
using Cloud.Testing.L1;

namespace Cloud.Bench.Settlement;

/// <summary>What posting a checkpoint costs: gas on a real EVM, and the time for blobs. Peers' gas are figures published for the closest one (building-in-chunks 5.4), and derived from its prices (peers-and-l1 B.7).</summary>
public sealed class SettlementSubject : ISubject
{
    private const double PeerGas = 324_630;
    private const double PeerGasWithoutCommittee = 196_245;
    private const double PeerGasAllVerified = 466_227;
    private const double BarePostGas = 50_521;
    private const int CommitteeSize = 48;
    private const int Slots = 30;
    private const ulong Ether = 1_000_000_000_000_000_000;

    private static readonly byte[] RichKey = Hex.Decode("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");

    public string Name => "settlement";

    public string Summary => "gas of a checkpoint, blob encoding and proofs";

    public async Task RunAsync(BenchRun bench, CancellationToken cancellation)
    {
        MeasureBlobs(bench);
        if (AnvilProcess.Find() is null)
        {
            Console.Error.WriteLine("anvil is not installed (npm ci in contracts/): gas is left out");
            return;
        }

        double gas = await MeasureGasAsync(cancellation).ConfigureAwait(false);
        bench.AddLowerIsBetter($"propose, committee of {CommitteeSize}", "gas", gas, PeerGas);
        bench.AddLowerIsBetter("the same, beside the peer without a committee", "gas", gas, PeerGasWithoutCommittee);
        bench.AddLowerIsBetter("the same, beside the peer when all signatures are verified on chain", "gas", gas, PeerGasAllVerified);
        bench.AddLowerIsBetter("the same, beside a bare post of three blobs without any check", "gas", gas, BarePostGas);
        bench.AddLowerIsBetter("per transaction at 10 TPS, slots of 36 s", "gas", gas / 360, PeerGas / 360);
        bench.AddLowerIsBetter("per transaction at 10 TPS, slots of 72 s", "gas", gas / 720, PeerGas / 720);
    }

    private static void MeasureBlobs(BenchRun bench)
    {
        BlobAttestations attestations = new(AttestationKind.Executed, (UInt128.One << 33) - 1, [.. new CompactSignature[33]]);
        byte[] body = new byte[BlobFrame.Capacity(BlobSidecar.MaxBlobs, 33)];
        new Random(1).NextBytes(body);
        BlobFrame frame = new(attestations, body, body.Length, BodyCompression.None);
        if (!frame.Encode().TryGet(out ImmutableArray<Bytes> blobs, out BlobRefusal? reason))
        {
            throw new InvalidOperationException(reason.Message);
        }

        double megabytes = body.Length / 1e6;
        bench.Rate("blob frame, encode", "MB/s", () => frame.Encode(), scale: megabytes);
        bench.Rate("blob frame, decode", "MB/s", () => BlobFrame.Decode(blobs), scale: megabytes);
        BlobSidecarBuilder.Build(blobs);
        double[] seconds = new double[3];
        using Process self = Process.GetCurrentProcess();
        TimeSpan before = self.TotalProcessorTime;
        for (int i = 0; i < seconds.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            frame.Encode();
            BlobSidecarBuilder.Build(blobs);
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        self.Refresh();
        bench.AddLowerIsBetter("six blobs, encode, prove and verify", "s", BenchRun.Median(seconds));

        // What other programs on the machine take does not count here: on two cores it takes half of it.
        bench.AddLowerIsBetter("the same, processor time of all cores", "s", (self.TotalProcessorTime - before).TotalSeconds / seconds.Length);
        // So that flashblocks stay on time the publisher leaves half of the processors to what has deadlines.
        long background = Stopwatch.GetTimestamp();
        frame.Encode();
        BlobSidecarBuilder.BuildAsync(blobs).GetAwaiter().GetResult();
        bench.AddLowerIsBetter("the same as the publisher does it, on half of the processors", "s", Stopwatch.GetElapsedTime(background).TotalSeconds);
        bench.AddHigherIsBetter("usable of a blob", "%", 100.0 * BlobFrame.BlobCapacity / Kzg.BlobLength, 100.0 * 126_945 / Kzg.BlobLength);
        bench.AddHigherIsBetter("blob fill under load, worst of all but the last", "%", WorstFill(attestations));
    }

    /// <summary>The data of a slot at 200 transfers a second, compressed and framed: how much of each blob but the last carries body or attestations.</summary>
    private static double WorstFill(BlobAttestations attestations)
    {
        const int Chunks = 6;
        const int TransfersPerChunk = 1200;
        byte[] key = Keccak256.Hash([7]).ToArray();
        ImmutableArray<ChunkData>.Builder chunks = ImmutableArray.CreateBuilder<ChunkData>(Chunks);
        Hash256 parent = default;
        ulong nonce = 0;
        for (uint i = 0; i < Chunks; i++)
        {
            Bytes[] bodies = new Bytes[TransfersPerChunk];
            for (int j = 0; j < bodies.Length; j++)
            {
                TransactionFields transfer = new()
                {
                    ChainId = 1,
                    Nonce = nonce++,
                    MaxPriorityFeePerGas = 1_000,
                    MaxFeePerGas = 1_000_000_000,
                    GasLimit = 21_000,
                    To = new Address(Keccak256.Hash(BitConverter.GetBytes(nonce % 500)).ToArray().AsSpan(12)),
                    Value = nonce * 1_000_003,
                };
                bodies[j] = transfer.Sign(key).Raw;
            }

            BlockHeader block = new() { ParentHash = parent, Number = i + 1, GasLimit = 60_000_000, Timestamp = i, BaseFeePerGas = UInt256.One };
            parent = block.ComputeHash();
            chunks.Add(new ChunkData(new ChunkHeader(1, default, i, i == Chunks - 1, default, block, [.. bodies.Select(body => Keccak256.Hash(body.Span))]), [.. bodies]));
        }

        CheckpointHeader header = new(
            1, default, 1, Chunks, CheckpointHeader.HashOfChunks([.. chunks.Select(chunk => chunk.Header.Hash)]), parent, chunks[^1].Header.Block.StateRoot, default, default, 0, default, 0);
        BlobFrame frame = new CheckpointData(header, chunks.ToImmutable()).ToFrame(attestations);
        if (!frame.Encode().TryGet(out ImmutableArray<Bytes> blobs, out BlobRefusal? reason))
        {
            throw new InvalidOperationException(reason.Message);
        }

        int overhead = attestations.Signatures.Length * CompactSignature.Length;
        double worst = 100;
        for (int i = 0; i < blobs.Length - 1; i++)
        {
            int body = Math.Min(frame.Body.Length, BlobFrame.Capacity(i + 1, attestations.Signatures.Length)) - BlobFrame.Capacity(i, attestations.Signatures.Length);
            worst = Math.Min(worst, 100.0 * (body + (i == 0 ? overhead : 0)) / Kzg.BlobLength);
        }

        Console.Error.WriteLine($"{Chunks * TransfersPerChunk} transfers: {frame.BodyLength} bytes, {frame.Body.Length} compressed, {blobs.Length} blobs");
        return worst;
    }

    private static async Task<double> MeasureGasAsync(CancellationToken cancellation)
    {
        const ulong ChainId = 1;
        const uint SlotDuration = 36;
        await using AnvilProcess anvil = await AnvilProcess.StartAsync([], cancellation).ConfigureAwait(false);
        L1Sender sender = new(anvil.Client, Signer(RichKey), AnvilProcess.ChainId, TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(2), TimeProvider.System);
        RollupDeployer deployer = new(sender);
        Address verifier = Receipt(await deployer.DeployVerifierAsync([sender.Address], 1, cancellation).ConfigureAwait(false)).ContractAddress!.Value;
        L1Block head = (await anvil.Client.GetBlockAsync(BlockTag.Latest, cancellation).ConfigureAwait(false)).Require()!;
        RollupParameters parameters = new()
        {
            ChainId = ChainId,
            GenesisTime = head.Timestamp + 100_000,
            SlotDuration = SlotDuration,
            ExitDelay = RollupParameters.MinExitDelay(SlotDuration, 32, 2, 1),
            Stake = Ether,
            Verifier = verifier,
        };
        Address rollup = Receipt(await deployer.DeployAsync(parameters, cancellation).ConfigureAwait(false)).ContractAddress!.Value;
        Receipt(await deployer.WarmAsync(rollup, parameters.RingSize, cancellation).ConfigureAwait(false));
        Dictionary<Address, byte[]> keys = [];
        for (int i = 0; i < CommitteeSize; i++)
        {
            byte[] key = Keccak256.Hash(BitConverter.GetBytes(i)).ToArray();
            IL1Signer validator = Signer(key);
            keys[validator.Address] = key;
            Receipt(await deployer.RegisterAsync(rollup, parameters, validator, cancellation).ConfigureAwait(false));
        }

        await GoToAsync(anvil, parameters.GenesisTime, cancellation).ConfigureAwait(false);
        L1Receipt drawn = Receipt(await deployer.SetUpEpochAsync(rollup, cancellation).ConfigureAwait(false));
        RollupEvent.CommitteeDrawn first = drawn.Logs.Select(RollupEvent.Read).OfType<RollupEvent.CommitteeDrawn>().First();
        Committee committee = Committee.Of(0, first.Members, first.Seed) is CommitteeResult.Formed formed
            ? formed.Committee
            : throw new InvalidOperationException("The contract drew no committee.");
        BlobSidecar sidecar = BlobSidecarBuilder.Build([new byte[Kzg.BlobLength], new byte[Kzg.BlobLength]]);
        CommitteeTree tree = new(committee);
        CheckpointRecord tip = CheckpointRecord.Genesis(default);
        Hash256 blobsHash = CheckpointRecord.HashOfBlobs(sidecar.VersionedHashes.AsSpan());
        double total = 0;
        for (ulong slot = 1; slot <= Slots; slot++)
        {
            await GoToAsync(anvil, parameters.GenesisTime + (slot * SlotDuration), cancellation).ConfigureAwait(false);
            Hash256 any = Keccak256.Hash(BitConverter.GetBytes(slot));
            CheckpointHeader header = new(slot, tip.PayloadHash, 1_000_000 + slot, 6, any, any, any, default, any, head.Timestamp, sender.Address, 30_000_000);
            byte[] message = RollupDigests.Publication(ChainId, rollup, slot, header.Hash, blobsHash);
            Signature signature = Secp256k1.Sign(keys[committee.ProposerAt(slot)], Keccak256.Hash(message));
            Bytes data = RollupCalls.Propose(tip.BlobsHash, CompactSignature.From(signature), header.Encode(), 0, tree.ProposerProof(slot));
            total += Receipt(await sender.SendAsync(rollup, data, default, 200_000, sidecar, cancellation).ConfigureAwait(false)).GasUsed;
            tip = new CheckpointRecord(header.Hash, blobsHash, slot, 0);
        }

        return total / Slots;
    }

    private static async Task GoToAsync(AnvilProcess anvil, ulong time, CancellationToken cancellation)
    {
        await anvil.AskAsync("evm_setNextBlockTimestamp", [time], cancellation).ConfigureAwait(false);
        await anvil.AskAsync("evm_mine", [], cancellation).ConfigureAwait(false);
    }

    private static IL1Signer Signer(byte[] key) => LocalSigner.Create(key) is KeyResult.Loaded loaded ? loaded.Signer : throw new InvalidOperationException("No key.");

    private static L1Receipt Receipt(SenderOutcome outcome) =>
        outcome is SenderOutcome.Mined mined ? mined.Receipt : throw new InvalidOperationException($"The transaction failed: {outcome}.");
}
