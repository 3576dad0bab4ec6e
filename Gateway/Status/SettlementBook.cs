using System.Collections.Immutable;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.L1;
using Cloud.Settlement.Publishing;
using Cloud.Settlement.Rollups;
using Cloud.Settlement.Watching;
using Microsoft.Extensions.DependencyInjection;

namespace Cloud.Gateway.Status;

/// <summary>What the host's settlement knows: L1 as its watcher saw it last, the publisher's ledger, and the transactions that carry checkpoints. Empty where the host posts nothing.</summary>
internal sealed class SettlementBook
{
    private const int MaxPostings = 2048;
    private const int PostingsPerRefresh = 8;

    private const int MaxAlarms = 64;
    private static readonly TimeSpan AlarmLife = TimeSpan.FromMinutes(2);

    private readonly RollupL1? _l1;
    private readonly Publisher? _publisher;
    private readonly IL1Client? _client;
    private readonly TimeProvider _time;
    private readonly Queue<Hash256> _order = [];
    private ImmutableArray<(DateTimeOffset At, LaneAlarm Alarm)> _alarms = [];
    private L1Failure? _failure;
    private Hash256 _toldHead;
    private SettlementSnapshot _present = SettlementSnapshot.Empty;
    private BlobSchedule? _schedule;
    private ulong _l1ChainId;

    /// <summary>Makes an empty book.</summary>
    /// <param name="services">Has the <see cref="RollupL1"/>, <see cref="Publisher"/> and <see cref="IL1Client"/> of the host, as far as it has them.</param>
    /// <param name="time">The clock.</param>
    public SettlementBook(IServiceProvider services, TimeProvider time)
    {
        _l1 = services.GetService<RollupL1>();
        _publisher = services.GetService<Publisher>();
        _client = services.GetService<IL1Client>();
        _time = time;
        if (_l1 is not null)
        {
            _l1.Alarmed += Note;
            _l1.Failed += failure => Volatile.Write(ref _failure, failure);
        }
    }

    /// <summary>What lately was wrong with a key, by the key that it is about; those that name none are about the first key.</summary>
    public ImmutableArray<(Address Publisher, LaneAlarm Alarm)> Alarms
    {
        get
        {
            DateTimeOffset since = _time.GetUtcNow() - AlarmLife;
            Address first = Present.Keys.IsEmpty ? default : Present.Keys[0].Publisher;
            return
            [
                .. _alarms.Where(noted => noted.At >= since).GroupBy(noted => noted.Alarm.Message, StringComparer.Ordinal).Select(group => (KeyOf(group.Last().Alarm) ?? first, group.Last().Alarm)),
            ];
        }
    }

    /// <summary>Why L1 could not be read, since the last time that it could.</summary>
    public L1Failure? Failure => Volatile.Read(ref _failure);

    /// <summary>Whether L1 has a new head since the last call.</summary>
    /// <returns>At most once for each head.</returns>
    public bool TakeChanged()
    {
        if (Present.View is not { } view || view.Head.Hash == _toldHead)
        {
            return false;
        }

        _toldHead = view.Head.Hash;
        return true;
    }

    /// <summary>The newest picture.</summary>
    public SettlementSnapshot Present => Volatile.Read(ref _present);

    /// <summary>Whether there is a publisher in this process.</summary>
    public bool Publishes => _publisher is not null;

    /// <summary>Chain id of L1; 0 until it is known.</summary>
    public ulong L1ChainId => Volatile.Read(ref _l1ChainId);

    /// <summary>Reads what is new.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Completes when <see cref="Present"/> shows it.</returns>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        if (_client is not null && _l1ChainId == 0 && (await _client.GetChainIdAsync(cancellationToken).ConfigureAwait(false)).TryGet(out ulong id, out _))
        {
            Volatile.Write(ref _l1ChainId, id);
        }

        WatcherView? view = _l1?.View;
        PublicationLedger ledger = _publisher is null ? PublicationLedger.Empty : await _publisher.ReadLedgerAsync(cancellationToken).ConfigureAwait(false);
        ImmutableArray<PublisherKeyStatus> keys = _publisher?.Keys ?? [];
        SettlementSnapshot before = Present;
        ImmutableDictionary<Hash256, L1Posting> postings = before.Postings;
        MarketFees? market = before.Market;
        if (view is not null && _client is not null)
        {
            postings = await ReadPostingsAsync(view, postings, cancellationToken).ConfigureAwait(false);
            if (before.View?.Head.Hash != view.Head.Hash)
            {
                Volatile.Write(ref _failure, null);
                market = await ReadMarketAsync(view, cancellationToken).ConfigureAwait(false) ?? market;
            }
        }

        Volatile.Write(ref _present, new SettlementSnapshot(view, ledger, keys, postings, market));
    }

    private static Address? KeyOf(LaneAlarm alarm) => alarm switch
    {
        LaneAlarm.Unfunded unfunded => unfunded.Publisher,
        LaneAlarm.LowRunway low => low.Publisher,
        LaneAlarm.WrongKind wrong => wrong.Publisher,
        LaneAlarm.NotSigned notSigned => notSigned.Publisher,
        _ => null,
    };

    private void Note(LaneAlarm alarm) => ImmutableInterlocked.Update(
        ref _alarms,
        static (known, added) => (known.Length >= MaxAlarms ? known.RemoveAt(0) : known).Add(added),
        (_time.GetUtcNow(), alarm));

    private async Task<ImmutableDictionary<Hash256, L1Posting>> ReadPostingsAsync(
        WatcherView view, ImmutableDictionary<Hash256, L1Posting> postings, CancellationToken cancellationToken)
    {
        int read = 0;
        for (int i = view.State.Checkpoints.Count - 1; i >= 0 && read < PostingsPerRefresh; i--)
        {
            Hash256 hash = view.State.Checkpoints[i].Transaction;
            if (hash.IsZero || (postings.TryGetValue(hash, out L1Posting? known) && known.Block == view.State.Checkpoints[i].Block))
            {
                continue;
            }

            read++;
            if (!(await _client!.GetTransactionAsync(hash, cancellationToken).ConfigureAwait(false)).TryGet(out L1TransactionData? transaction, out _) || transaction is null
                || !(await _client.GetReceiptAsync(hash, cancellationToken).ConfigureAwait(false)).TryGet(out L1Receipt? receipt, out _) || receipt is null)
            {
                continue;
            }

            postings = postings.SetItem(hash, new L1Posting(view.State.Checkpoints[i].Block, transaction.BlobHashes, receipt, await BlobPriceAsync(receipt, cancellationToken).ConfigureAwait(false)));
            _order.Enqueue(hash);
            while (_order.Count > MaxPostings)
            {
                postings = postings.Remove(_order.Dequeue());
            }
        }

        return postings;
    }

    /// <summary>What a blob's gas cost in the receipt's block.</summary>
    private async Task<UInt256> BlobPriceAsync(L1Receipt receipt, CancellationToken cancellationToken)
    {
        if (receipt.BlobGasUsed == 0
            || !(await _client!.GetBlockAsync(receipt.BlockHash, cancellationToken).ConfigureAwait(false)).TryGet(out L1Block? block, out _) || block is null)
        {
            return default;
        }

        if (_schedule is null && (await _client.GetBlobScheduleAsync(cancellationToken).ConfigureAwait(false)).TryGet(out BlobSchedule? schedule, out _))
        {
            _schedule = schedule;
        }

        return _schedule?.PriceOf(block.ExcessBlobGas, block.Timestamp) ?? default;
    }

    private async Task<MarketFees?> ReadMarketAsync(WatcherView view, CancellationToken cancellationToken) =>
        (await _client!.GetPriorityFeeAsync(cancellationToken).ConfigureAwait(false)).TryGet(out UInt256 tip, out _)
        && (await _client.GetBlobBaseFeeAsync(cancellationToken).ConfigureAwait(false)).TryGet(out UInt256 blob, out _)
            ? new MarketFees(view.Head.BaseFeePerGas, tip, blob)
            : null;
}
