using System.Collections.Immutable;
using System.Text;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Proofs;
using Cloud.Protocol.Tests.Support;
using Cloud.Protocol.Transactions;

namespace Cloud.Protocol.Tests.Proofs;

/// <summary>A transaction's whole way, signed with real keys.</summary>
internal sealed class SampleProof
{
    internal const ulong Slot = 5;
    internal const int Index = 2;

    internal SampleProof()
    {
        ImmutableArray<Bytes> raws = [.. Enumerable.Range(0, 5).Select(i => (Bytes)Encoding.UTF8.GetBytes($"transaction {i}"))];
        ImmutableArray<Hash256> hashes = [.. raws.Select(raw => Keccak256.Hash(raw.Span))];
        Receipts = [.. Enumerable.Range(0, 5).Select(i => new Receipt { Type = TransactionType.DynamicFee, Succeeded = i != 3, CumulativeGasUsed = 21_000UL * (ulong)(i + 1) })];
        BlockHeader block = Rollup.Header(Slot, 1).Block with { ReceiptsRoot = Block.ReceiptsRootOf(Receipts), Number = 42 };
        Chunk = new ChunkHeader(Slot, Rollup.ProposerOf(Slot), 1, false, Hash256.Zero, block, hashes);
        ChunkHashes = [TestRollup.Digest("chunk 0"), Chunk.Hash, TestRollup.Digest("chunk 2")];
        Checkpoint = new CheckpointHeader(
            Slot, Hash256.Zero, 41, 3, CheckpointHeader.HashOfChunks(ChunkHashes.AsSpan()), TestRollup.Digest("last"), TestRollup.Digest("root"), Hash256.Zero, Hash256.Zero, 1_800_000_060, Rollup.ProposerOf(Slot), 7);
        Landed = new L1Anchor(9, Checkpoint.Hash, 100, TestRollup.Digest("l1 100"), TestRollup.Digest("l1 transaction"), [TestRollup.Digest("blob")]);
        Flashblock = Sign(new FlashblockPayload(
            Slot, Rollup.ProposerOf(Slot), 1, 3, FlashblockPayload.PayloadIdOf(Slot, 1), 42, TestRollup.Digest("previous"), false, 1_800_000_061_000, null,
            new FlashblockDiff(default, default, Bloom.Empty, 1, default, [raws[Index]], [], KnownHashes.EmptyTrieRoot, null)));
        Transaction = hashes[Index];
        Proof = new TransactionProof(Rollup.Context, Transaction, Rollup.Committee,
        [
            new ProofRung.Preconfirmed(Flashblock) { At = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_061_123) },
            new ProofRung.Proposed(Rollup.Propose(Chunk), Index, Receipts[Index].Encode(), Path(Index)),
            new ProofRung.Attested(Rollup.Certify(Chunk)),
            new ProofRung.Checkpointed(Checkpoint, ChunkHashes, Rollup.Certify(Checkpoint), Landed),
            new ProofRung.Proven(Landed with { BlockNumber = 120 }),
            new ProofRung.Finalized(Landed with { BlockNumber = 120 }),
        ]);
    }

    internal TestRollup Rollup { get; } = new();

    internal ImmutableArray<Receipt> Receipts { get; }

    internal ChunkHeader Chunk { get; }

    internal ImmutableArray<Hash256> ChunkHashes { get; }

    internal CheckpointHeader Checkpoint { get; }

    internal L1Anchor Landed { get; }

    internal Flashblock Flashblock { get; }

    internal Hash256 Transaction { get; }

    internal TransactionProof Proof { get; }

    internal ImmutableArray<Bytes> Path(int index) => OrderedTrie.Prove(Receipts, static (receipt, writer) => receipt.WriteEnvelope(writer), index);

    internal Flashblock Sign(FlashblockPayload payload, Address? signer = null) =>
        new(Rollup.Context, payload, Rollup.Sign(signer ?? payload.Producer, payload.Statement));

    internal TransactionProof With(ProofRung rung) => Proof with { Rungs = [.. Proof.Rungs.Select(known => known.Status == rung.Status ? rung : known)] };
}
