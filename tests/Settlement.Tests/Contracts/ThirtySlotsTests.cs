using System.Collections.Immutable;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Blobs;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.L1;
using Cloud.Settlement.Tests.Support;
using Cloud.Settlement.Transactions;

namespace Cloud.Settlement.Tests.Contracts;

[Collection(AnvilCollection.Name)]
[Trait("Category", "EndToEnd")]
public sealed class ThirtySlotsTests(Anvil anvil, ITestOutputHelper output)
{
    [Fact]
    public async Task From_genesis_with_48_validators_through_30_slots_with_real_data_deposits_a_bad_publication_and_an_equivocation_to_proven_epochs()
    {
        const uint EpochSlots = 8;
        TestRollup rollup = await TestRollup.StartAsync(anvil, committee: 48, validators: 52, change: p => p with
        {
            EpochSlots = EpochSlots,
            RingSize = 32,
            ExitDelay = RollupParameters.MinExitDelay(p.SlotDuration, EpochSlots, 2, 1),
        });
        await rollup.SendAsync(RollupCalls.WarmRing(0, 32));
        Dictionary<Hash256, CheckpointData> posted = [];
        List<ulong> gas = [];
        ulong deposits = 0;
        for (ulong slot = 0; slot < 30; slot++)
        {
            await rollup.GoToSlotAsync(slot);
            if (slot > 0 && slot % EpochSlots == 0)
            {
                await rollup.SetUpAsync();
                await rollup.SendAsync(RollupCalls.SubmitProof(rollup.TipNumber, rollup.Tip, null, await rollup.ProofAsync(rollup.TipNumber)));
            }

            if (slot % 5 == 0)
            {
                await rollup.SendAsync(RollupCalls.Deposit(Anvil.Rich, 50_000, [(byte)slot]), 1UL);
                deposits++;
            }

            Hash256 inHash = new((await rollup.QueryAsync("inHashOf", deposits)).Span);
            CheckpointData data = Data(rollup, slot, inHash);
            if (slot == 11)
            {
                BlobSidecar bad = Sidecar(data, rollup.Attest(data.Header, signers: 20));
                await rollup.ProposeAsync(data.Header, bad, deposits);
                await rollup.SendAsync(RollupCalls.Invalidate(rollup.Accuse(rollup.TipNumber, bad)));
                rollup.Records.RemoveAt(rollup.Records.Count - 1);
            }

            L1Receipt receipt = await rollup.ProposeAsync(data.Header, Sidecar(data, rollup.Attest(data.Header)), deposits);
            posted[data.Header.Hash] = data;
            gas.Add(receipt.GasUsed);
        }

        byte[] offender = rollup.ValidatorKeys[3];
        Duty duty = Duty.CheckpointAttestation(20, AttestationKind.Executed);
        EquivocatingMessage Say(byte what) => new(
            Keccak256.Hash([what]), CompactSignature.From(Secp256k1.Sign(offender, rollup.Domains.Digest(new Statement(duty, Keccak256.Hash([what]))))));
        await rollup.SendAsync(RollupCalls.SlashEquivocation(EquivocationPosition.Of(duty), Say(1), Say(2)));
        RollupTips tips = await rollup.TipsAsync();
        Assert.Equal((30UL, 24UL, deposits), (tips.PendingNumber, tips.ProvenNumber, tips.PendingDeposits));

        // Finality is L1's: after enough blocks the finalized block shows the same proven checkpoint.
        await anvil.AskAsync("anvil_mine", 80);
        CallOutcome final = (await anvil.Client.CallAsync(new L1Call(rollup.Address, RollupCalls.Query("tips")), BlockTag.Finalized, TestContext.Current.CancellationToken)).Require();
        Assert.Equal(24UL, RollupTips.Read(Assert.IsType<CallOutcome.Returned>(final).Data)!.ProvenNumber);

        await ReadBackAsync(rollup, posted);
        output.WriteLine($"propose: {gas.Min()} to {gas.Max()} gas, mean {gas.Average(used => (double)used):F0}; per transaction at 10 TPS {gas.Average(used => used / 360.0):F0} (36 s), {gas.Average(used => used / 720.0):F0} (72 s)");
        Assert.All(gas, used => Assert.InRange(used, 21_000UL, 60_000UL));
    }

    /// <summary>A follower's view: events, then the blobs of their transactions, then what is in them.</summary>
    private async Task ReadBackAsync(TestRollup rollup, Dictionary<Hash256, CheckpointData> posted)
    {
        L1Block head = await anvil.HeadAsync();
        List<CheckpointData> chain = [];
        foreach (L1Log log in (await anvil.Client.GetLogsAsync(new LogFilter(rollup.Address, 0, head.Number), TestContext.Current.CancellationToken)).Require())
        {
            switch (RollupEvent.Read(log))
            {
                case RollupEvent.CheckpointInvalidated removed:
                    chain.RemoveRange((int)removed.Number - 1, chain.Count - (int)removed.Number + 1);
                    break;
                case RollupEvent.CheckpointProposed proposed:
                    System.Text.Json.JsonElement blobs = await anvil.AskAsync("anvil_getBlobsByTransactionHash", log.TransactionHash.ToString());
                    Bytes[] read = [.. blobs.EnumerateArray().Select(blob => Bytes.FromHex(blob.GetString()))];
                    Assert.True(BlobFrame.Decode(read).TryGet(out BlobFrame? frame, out _));
                    Assert.True(CheckpointData.FromFrame(frame).TryGet(out CheckpointData? data, out _));
                    Assert.Equal(proposed.Record.PayloadHash, data.Header.Hash);
                    chain.Add(data);
                    break;
            }
        }

        Assert.Equal(30, chain.Count);
        Assert.All(chain, data => Assert.Equal(posted[data.Header.Hash], data));
    }

    private static BlobSidecar Sidecar(CheckpointData data, BlobAttestations attestations)
    {
        Assert.True(data.ToFrame(attestations).Encode().TryGet(out ImmutableArray<Bytes> blobs, out _));
        return BlobSidecarBuilder.Build(blobs);
    }

    private static CheckpointData Data(TestRollup rollup, ulong slot, Hash256 inHash)
    {
        Random random = new((int)slot);
        Hash256 parent = Keccak256.Hash([(byte)slot]);
        ImmutableArray<ChunkData>.Builder chunks = ImmutableArray.CreateBuilder<ChunkData>();
        for (uint i = 0; i < 3; i++)
        {
            ImmutableArray<Bytes> bodies = [.. Enumerable.Range(0, 20).Select(_ =>
            {
                byte[] body = new byte[120];
                random.NextBytes(body);
                return (Bytes)body;
            })];
            BlockHeader block = new() { ParentHash = parent, Number = (slot * 3) + i + 1, GasLimit = 30_000_000, Timestamp = slot, BaseFeePerGas = UInt256.One };
            parent = block.ComputeHash();
            chunks.Add(new ChunkData(new ChunkHeader(slot, Anvil.Rich, i, i == 2, inHash, block, [.. bodies.Select(body => Keccak256.Hash(body.Span))]), bodies));
        }

        CheckpointHeader header = new(
            slot,
            rollup.Tip.PayloadHash,
            (slot * 3) + 1,
            3,
            CheckpointHeader.HashOfChunks([.. chunks.Select(chunk => chunk.Header.Hash)]),
            parent,
            chunks[^1].Header.Block.StateRoot,
            inHash,
            default,
            slot,
            Anvil.Rich,
            0);
        return new CheckpointData(header, chunks.ToImmutable());
    }
}
