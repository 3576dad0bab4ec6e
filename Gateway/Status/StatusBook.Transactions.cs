using System.Collections.Immutable;
using Cloud.Execution.Evm;
using Cloud.Gateway.Eth;
using Cloud.Gateway.Status.Documents;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Proofs;
using Cloud.Protocol.Transactions;
using Cloud.Replica.Chain;
using Cloud.Replica.Statuses;
using Cloud.Replica.Views;
using Cloud.Settlement.L1Events;
using Cloud.Settlement.Watching;

namespace Cloud.Gateway.Status;

/// <content>Ladders and their proofs.</content>
internal sealed partial class StatusBook
{
    private static readonly TransactionState[] ProvableRungs =
    [
        TransactionState.Preconfirmed, TransactionState.Proposed, TransactionState.Attested, TransactionState.Checkpointed, TransactionState.Proven, TransactionState.Finalized,
    ];

    /// <summary>A transaction's ladder.</summary>
    /// <param name="hash">The transaction.</param>
    /// <returns>Null where it is not known here.</returns>
    public TransactionDocument? Transaction(in Hash256 hash)
    {
        lock (_gate)
        {
            ReplicaView view = _node.View;
            TransactionView? found = view.FindTransaction(in hash);
            ImmutableArray<StatusEntry> history = FullHistoryOf(in hash, found);
            if (history.IsEmpty)
            {
                return null;
            }

            Transaction? transaction = found?.Transaction;
            if (transaction is null && !_node.Pool.TryGet(in hash, out transaction))
            {
                if (!_accepted.TryGetValue(hash, out (Address Sender, Transaction Transaction) accepted))
                {
                    return null;
                }

                transaction = accepted.Transaction;
            }

            StatusEntry present = history[^1];
            Hash256 wanted = hash;
            Address from = _node.Senders.TryGetSender(transaction, out Address sender) ? sender : default;
            ChunkRecord? chunk = found is null ? null : _byNumber.GetValueOrDefault(found.Block.Number);
            ImmutableArray<RungDocument> rungs = RungsOf(hash, history, view);
            return new TransactionDocument(
                hash,
                StatusDocuments.StateOf(present.Status),
                present.At,
                from,
                transaction.To,
                transaction.Nonce,
                transaction.Value,
                (int)transaction.Type,
                transaction.GasLimit,
                PositionOf(found, chunk, history),
                found is null ? null : ReceiptOf(found),
                rungs,
                present.Status is TransactionStatus.Dropped dropped ? new DroppedDocument(dropped.Reason, present.At) : null,
                [.. _broken.Where(broken => broken.Transaction == wanted)],
                chunk is null ? null : ShareOf(chunk));
        }
    }

    /// <summary>What an event about a transaction would tell now.</summary>
    /// <param name="hash">The transaction.</param>
    /// <returns>Null where it is not known here.</returns>
    public TransactionEventDocument? PresentOf(in Hash256 hash)
    {
        lock (_gate)
        {
            ImmutableArray<StatusEntry> history = FullHistoryOf(in hash, _node.View.FindTransaction(in hash));
            return history.IsEmpty
                ? null
                : TransactionEventOf(new StatusChange(hash, history[^1].Status, history[^1].Broken, history[^1].At), history.Length > 1 ? history[^2] : null);
        }
    }

    /// <summary>The proof of a rung, and of all below it.</summary>
    /// <param name="hash">The transaction.</param>
    /// <param name="rung">The rung; null for the highest that can be proven.</param>
    /// <param name="isKnown">Whether the transaction is known.</param>
    /// <returns>Null where it cannot be proven.</returns>
    public TransactionProof? Proof(in Hash256 hash, TransactionState? rung, out bool isKnown)
    {
        lock (_gate)
        {
            ReplicaView view = _node.View;
            TransactionView? found = view.FindTransaction(in hash);
            ImmutableArray<StatusEntry> history = FullHistoryOf(in hash, found);
            isKnown = !history.IsEmpty;
            if (history.IsEmpty || history[^1].Status.Level < 2)
            {
                return null;
            }

            TransactionState top = StatusDocuments.StateOf(history[^1].Status);
            if (rung > top)
            {
                return null;
            }

            ImmutableArray<ProofRung> rungs = ProofRungsOf(hash, found, rung ?? top, history);
            if (rungs.IsEmpty || (rung is { } wanted && rungs[^1].Status != NameOf(wanted)))
            {
                return null;
            }

            bool needsCommittee = rungs.Any(item => item is ProofRung.Attested);
            Committee? committee = found is not null && _byNumber.TryGetValue(found.Block.Number, out ChunkRecord? chunk) ? _committees.OfSlot(chunk.Slot) : null;
            return new TransactionProof(_node.Genesis.Context, hash, needsCommittee ? committee : null, rungs);
        }
    }

    /// <summary>The word for a rung.</summary>
    public static string NameOf(TransactionState rung) => rung.ToString().ToLowerInvariant();

    private static string KindOf(TransactionState rung) => rung switch
    {
        TransactionState.Preconfirmed => "flashblock-signature",
        TransactionState.Proposed => "chunk-signature",
        TransactionState.Attested => "certificate",
        TransactionState.Checkpointed => "l1-inclusion",
        TransactionState.Proven => "l1-proof",
        _ => "l1-finality",
    };

    private ImmutableArray<StatusEntry> FullHistoryOf(in Hash256 hash, TransactionView? found)
    {
        ImmutableArray<StatusEntry> remembered = HistoryOf(in hash);
        if (_node.FindReport(in hash) is not { } report)
        {
            return remembered;
        }

        ImmutableArray<StatusEntry> known = report.History.Length >= remembered.Length ? report.History : remembered;
        if (!known.IsEmpty)
        {
            return Completed(known);
        }

        // Settled before this process remembers: the block's own time is the only one that is left.
        DateTimeOffset at = found is null ? _time.GetUtcNow() : DateTimeOffset.FromUnixTimeSeconds((long)Math.Min(found.Block.Header.Timestamp, 253_402_300_799));
        return [new StatusEntry(report.Status, at, null)];
    }

    /// <summary>The node tells no statuses of what it has settled, and none again after a restart of what was reached before: the tips say it, as far as their events have come.</summary>
    private ImmutableArray<StatusEntry> Completed(ImmutableArray<StatusEntry> history)
    {
        TransactionPlace place;
        switch (history[^1].Status)
        {
            case TransactionStatus.Checkpointed checkpointed:
                place = checkpointed.Place;
                break;
            case TransactionStatus.Proven proven:
                place = proven.Place;
                break;
            default:
                return history;
        }

        CheckpointRecord? record = RecordOf(place) is { } chunk ? _slots.GetValueOrDefault(chunk.Slot)?.Checkpoint : null;
        L1Proof proof = record is null ? new L1Proof(0, default, place.Block.Number, default) : ProofOf(record);
        if (history[^1].Status is TransactionStatus.Checkpointed && place.Block.Number <= Math.Max(_provenThrough, _finalThrough))
        {
            history = history.Add(new StatusEntry(new TransactionStatus.Proven(place, proof), record?.ProvenAt ?? _startedAt, null));
        }

        return place.Block.Number <= _finalThrough
            ? history.Add(new StatusEntry(new TransactionStatus.Finalized(place, proof), record?.FinalAt ?? _startedAt, null))
            : history;
    }

    /// <summary>The rungs that hold: each reached after the last fall to below it.</summary>
    private static List<StatusEntry> Held(ImmutableArray<StatusEntry> history)
    {
        List<StatusEntry> held = [];
        foreach (StatusEntry entry in history)
        {
            held.RemoveAll(known => known.Status.Level >= entry.Status.Level);
            if (entry.Status.Level > 0)
            {
                held.Add(entry);
            }
        }

        return held;
    }

    private ImmutableArray<RungDocument> RungsOf(in Hash256 hash, ImmutableArray<StatusEntry> history, ReplicaView view)
    {
        ImmutableArray<RungDocument>.Builder rungs = ImmutableArray.CreateBuilder<RungDocument>();
        StatusEntry? below = null;
        foreach (StatusEntry entry in Held(history))
        {
            rungs.Add(RungOf(hash, entry, below, view));
            below = entry;
        }

        return rungs.ToImmutable();
    }

    private RungDocument RungOf(Hash256 hash, StatusEntry entry, StatusEntry? below, ReplicaView view)
    {
        TransactionState rung = StatusDocuments.StateOf(entry.Status);
        (RungDetailDocument detail, bool hasProof) = DetailOf(entry.Status, view);
        return new RungDocument(
            rung,
            entry.At,
            below is { } lower ? (long)Math.Max(0, (entry.At - lower.At).TotalMilliseconds) : null,
            detail,
            hasProof ? new ProofLinkDocument($"/api/v1/transactions/{hash}/proof?rung={NameOf(rung)}", KindOf(rung)) : null);
    }

    private (RungDetailDocument Detail, bool HasProof) DetailOf(TransactionStatus status, ReplicaView view)
    {
        switch (status)
        {
            case TransactionStatus.Preconfirmed preconfirmed:
                ChunkRecord? opened = _slots.GetValueOrDefault(preconfirmed.Slot)?.Chunks.FindLast(record => record.Index == preconfirmed.Chunk);
                return (
                    new RungDetailDocument
                    {
                        Slot = preconfirmed.Slot,
                        Chunk = preconfirmed.Chunk,
                        Flashblock = preconfirmed.Flashblock,
                        PayloadHash = preconfirmed.PayloadHash,
                        Producer = opened?.Producer,
                    },
                    opened?.Proofs?.HasFlashblock(preconfirmed.PayloadHash) == true);
            case TransactionStatus.Proposed { Place: var place }:
                return (PlaceDetail(place), RecordOf(place)?.Proofs?.HasProposal == true);
            case TransactionStatus.Attested { Place: var place }:
                ChunkRecord? chunk = RecordOf(place);
                return (PlaceDetail(place) with { Attestations = chunk?.Attestations, Quorum = _committees.OfSlot(place.Slot)?.Quorum }, chunk?.Proofs?.Certificate is not null);
            case TransactionStatus.Checkpointed { Place: var place, Proof: var proof }:
                return CheckpointDetail(place, proof, view);
            case TransactionStatus.Proven { Proof: var proof } proven:
                return (L1Detail(proof), HasChunks(proven.Place) && !proof.PayloadHash.IsZero);
            case TransactionStatus.Finalized { Proof: var proof } final:
                return (L1Detail(proof), HasChunks(final.Place) && !proof.PayloadHash.IsZero);
            default:
                return (new RungDetailDocument(), false);
        }
    }

    private static RungDetailDocument L1Detail(L1Proof proof) =>
        proof.PayloadHash.IsZero ? new RungDetailDocument() : new RungDetailDocument { Checkpoint = proof.Number, L1Block = proof.Block };

    private RungDetailDocument PlaceDetail(TransactionPlace place)
    {
        ChunkRecord? chunk = RecordOf(place);
        return place.ChunkHash.IsZero
            ? new RungDetailDocument { Slot = chunk?.Slot, Chunk = chunk?.Index, ChunkHash = chunk?.Hash, Block = place.Block, Producer = chunk?.Producer }
            : new RungDetailDocument { Slot = place.Slot, Chunk = place.Chunk, ChunkHash = place.ChunkHash, Block = place.Block, Producer = chunk?.Producer };
    }

    private (RungDetailDocument Detail, bool HasProof) CheckpointDetail(TransactionPlace place, L1Proof proof, ReplicaView view)
    {
        ChunkRecord? chunk = RecordOf(place);
        CheckpointRecord? record = proof.PayloadHash.IsZero ? _slots.GetValueOrDefault(chunk?.Slot ?? place.Slot)?.Checkpoint : _checkpoints.GetValueOrDefault(proof.PayloadHash);
        PostedCheckpoint? posted = record is null ? null : PostedOf(record);
        L1Posting? posting = posted is null ? null : _settlement.Present.Postings.GetValueOrDefault(posted.Transaction);
        L1BlockRef? block = posted?.Block ?? (proof.PayloadHash.IsZero ? record?.LandedIn : proof.Block);
        ulong? head = _settlement.Present.View?.Head.Number ?? view.L1Head?.Number;
        return (
            new RungDetailDocument
            {
                Slot = chunk?.Slot ?? (proof.PayloadHash.IsZero ? null : place.Slot),
                Checkpoint = proof.PayloadHash.IsZero ? record?.Number : proof.Number,
                PayloadHash = record?.Header.Hash ?? (proof.PayloadHash.IsZero ? null : proof.PayloadHash),
                Block = place.Block,
                L1Transaction = posted is { Transaction.IsZero: false } ? posted.Transaction : null,
                L1Block = block,
                Depth = block is { } landed && head >= landed.Number ? head - landed.Number + 1 : null,
                Blobs = posting?.Blobs,
            },
            record is not null && block is not null && HasChunks(place));
    }

    private ChunkRecord? RecordOf(TransactionPlace place) => _byNumber.GetValueOrDefault(place.Block.Number) is { } record && record.BlockHash == place.Block.Hash ? record : null;

    /// <summary>Whether the hashes of all chunks of the slot are here, to which the checkpoint commits.</summary>
    private bool HasChunks(TransactionPlace place) => RecordOf(place) is { Proofs.HasProposal: true };

    private static PositionDocument? PositionOf(TransactionView? found, ChunkRecord? chunk, ImmutableArray<StatusEntry> history)
    {
        TransactionStatus.Preconfirmed? shown = null;
        foreach (StatusEntry entry in history)
        {
            shown = entry.Status switch
            {
                TransactionStatus.Preconfirmed preconfirmed => preconfirmed,
                TransactionStatus.Pending or TransactionStatus.Dropped => null,
                _ => shown,
            };
        }

        if (found is not null && chunk is not null)
        {
            return new PositionDocument(
                chunk.Slot, chunk.Index, shown?.Flashblock, found.Block.IsPending ? null : new BlockId(found.Block.Number, found.Block.Hash), found.Index);
        }

        return shown is null ? null : new PositionDocument(shown.Slot, shown.Chunk, shown.Flashblock, null, null);
    }

    private static ReceiptDocument ReceiptOf(TransactionView found)
    {
        BlockView block = found.Block;
        ulong before = found.Index == 0 ? 0 : block.Receipts[found.Index - 1].CumulativeGasUsed;
        return new ReceiptDocument(
            found.Receipt.Succeeded ? "success" : "reverted",
            found.Receipt.CumulativeGasUsed - before,
            BlockJson.EffectivePrice(found.Transaction, block.Header.BaseFeePerGas),
            found.Transaction.To is null && found.Receipt.Succeeded && found.Transaction.TryGetSender(out Address sender)
                ? VirtualMachine.ContractAddress(in sender, found.Receipt.DepositNonce ?? found.Transaction.Nonce)
                : null,
            found.Receipt.Logs.Length);
    }

    /// <summary>A transaction's equal share of its checkpoint's cost.</summary>
    private L1CostDocument? ShareOf(ChunkRecord chunk)
    {
        if (_slots.GetValueOrDefault(chunk.Slot) is not { Checkpoint: { } checkpoint } slot || PostedOf(checkpoint) is not { } posted
            || !_settlement.Present.Postings.TryGetValue(posted.Transaction, out L1Posting? posting))
        {
            return null;
        }

        long transactions = slot.Chunks.Where(record => record.IsLive).Sum(record => (long)record.Transactions);
        L1CostDocument whole = CostOf(posting);
        return transactions == 0
            ? whole
            : new L1CostDocument(
                Math.Round(whole.Gas / transactions, 2), whole.Wei / (UInt256)(ulong)transactions, Math.Round(whole.BlobGas / transactions, 2), whole.BlobWei / (UInt256)(ulong)transactions);
    }

    private TransactionEventDocument TransactionEventOf(StatusChange change, StatusEntry? before)
    {
        StatusEntry entry = new(change.Status, change.At, change.Broken);
        string? dropped = (change.Status as TransactionStatus.Dropped)?.Reason;
        return new TransactionEventDocument(
            change.Transaction,
            StatusDocuments.StateOf(change.Status),
            change.At,
            dropped is null ? RungOf(change.Transaction, entry, before?.Status.Level < change.Status.Level ? before : null, _node.View) : null,
            change.Broken is { } reason ? StatusDocuments.Of(reason) : null,
            dropped);
    }

    private ImmutableArray<ProofRung> ProofRungsOf(Hash256 hash, TransactionView? found, TransactionState top, ImmutableArray<StatusEntry> history)
    {
        ImmutableArray<ProofRung>.Builder rungs = ImmutableArray.CreateBuilder<ProofRung>();
        if (found is null || !_byNumber.TryGetValue(found.Block.Number, out ChunkRecord? chunk) || chunk.Proofs is not { } proofs)
        {
            return [];
        }

        Dictionary<int, DateTimeOffset> times = [];
        foreach (StatusEntry entry in Held(history))
        {
            times[entry.Status.Level] = entry.At;
        }

        if (proofs.FlashblockWith(found.Block.Transactions, found.Index) is { } flashblock)
        {
            rungs.Add(new ProofRung.Preconfirmed(flashblock) { At = TimeOf(TransactionState.Preconfirmed) });
        }

        if (top < TransactionState.Proposed || found.Block.IsPending || proofs.Proposal(found.Block.Transactions) is not { } proposal)
        {
            return rungs.ToImmutable();
        }

        rungs.Add(new ProofRung.Proposed(
            proposal,
            found.Index,
            found.Receipt.Encode(),
            OrderedTrie.Prove(found.Block.Receipts, static (receipt, writer) => receipt.WriteEnvelope(writer), found.Index)) { At = TimeOf(TransactionState.Proposed) });
        if (top >= TransactionState.Attested && proofs.Certificate is { } certificate)
        {
            rungs.Add(new ProofRung.Attested(certificate) { At = TimeOf(TransactionState.Attested) });
        }

        if (top >= TransactionState.Checkpointed && _slots.GetValueOrDefault(chunk.Slot) is { Checkpoint: { IsOnL1: true } checkpoint } slot && AnchorOf(checkpoint) is { } landed)
        {
            ImmutableArray<Hash256> chunks = [.. slot.Shown().Where(record => record.IsLive && record.Index < checkpoint.Header.Chunks).Select(record => record.Hash ?? default)];
            rungs.Add(new ProofRung.Checkpointed(checkpoint.Header, chunks, null, landed) { At = TimeOf(TransactionState.Checkpointed) });
            foreach (StatusEntry entry in history)
            {
                if (entry.Status is TransactionStatus.Proven { Proof: var proven } && top >= TransactionState.Proven && !proven.PayloadHash.IsZero)
                {
                    rungs.Add(new ProofRung.Proven(AnchorOf(proven)) { At = entry.At });
                }
                else if (entry.Status is TransactionStatus.Finalized { Proof: var final } && top >= TransactionState.Finalized && !final.PayloadHash.IsZero)
                {
                    rungs.Add(new ProofRung.Finalized(AnchorOf(final)) { At = entry.At });
                }
            }
        }

        return rungs.ToImmutable();

        DateTimeOffset? TimeOf(TransactionState rung) => times.TryGetValue((int)rung, out DateTimeOffset at) ? at : null;
    }

    private L1Anchor? AnchorOf(CheckpointRecord checkpoint)
    {
        PostedCheckpoint? posted = PostedOf(checkpoint);
        L1Posting? posting = posted is null ? null : _settlement.Present.Postings.GetValueOrDefault(posted.Transaction);
        return (posted?.Block ?? checkpoint.LandedIn) is { } block && (posted?.Number ?? checkpoint.Number) is { } number
            ? new L1Anchor(
                number, checkpoint.Header.Hash, block.Number, block.Hash, posted is { Transaction.IsZero: false } ? posted.Transaction : null, posting?.Blobs ?? [])
            : null;
    }

    private static L1Anchor AnchorOf(L1Proof proof) => new(proof.Number, proof.PayloadHash, proof.Block.Number, proof.Block.Hash, null, []);
}
