using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Time;
using Cloud.Protocol.Validation;

namespace Cloud.Replica.Feed;

/// <summary>Brings flashblocks into order on top of the chain (flashblocks 4.5). What is shown is never taken back silently. A pure state machine, not safe for several threads.</summary>
public sealed class FlashblockFollower
{
    private readonly ConsensusTimetable _timetable;
    private readonly FeedOptions _options;
    private readonly List<OpenChunk> _open = [];
    private readonly SortedDictionary<(ulong Slot, uint Chunk, uint Index), Flashblock> _held = [];
    private readonly SortedDictionary<(ulong Slot, uint Chunk), Want> _wants = [];
    private readonly HashSet<(ulong Slot, uint Chunk, uint Index)> _reported = [];
    private ImmutableArray<FeedEffect>.Builder _effects = ImmutableArray.CreateBuilder<FeedEffect>();
    private ulong _headNumber;
    private Hash256 _headHash;

    /// <summary>Starts on a block.</summary>
    /// <param name="timetable">The rollup's timetable.</param>
    /// <param name="headNumber">Height of the newest sealed block.</param>
    /// <param name="headHash">Its hash.</param>
    /// <param name="options">Bounds and waits; null for the defaults.</param>
    public FlashblockFollower(ConsensusTimetable timetable, ulong headNumber, in Hash256 headHash, FeedOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(timetable);
        _timetable = timetable;
        _options = options ?? new FeedOptions();
        _headNumber = headNumber;
        _headHash = headHash;
    }

    /// <summary>The chunks under construction, lowest first.</summary>
    public IEnumerable<PendingChunk> Pending => _open.Select(open => open.Pending);

    /// <summary>How many flashblocks wait for those before them.</summary>
    public int Held => _held.Count;

    /// <summary>Whether flashblocks are missing that cannot be had: the newest sealed block is the pending one for readers.</summary>
    public bool IsDegraded { get; private set; }

    /// <summary>When <see cref="Tick"/> has something to do at the earliest.</summary>
    /// <returns>Null where nothing is missing.</returns>
    public DateTimeOffset? NextDeadline() => _wants.Count == 0 ? null : _wants.Values.Min(want => want.NextAt < want.Deadline ? want.NextAt : want.Deadline);

    /// <summary>A flashblock arrived, from the stream or as the answer to a pull.</summary>
    /// <param name="flashblock">The flashblock and what validation said.</param>
    /// <param name="now">The present.</param>
    /// <returns>What was done, and what follows.</returns>
    public FeedStep Arrived(Validated<Flashblock> flashblock, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(flashblock.Message);
        if (flashblock.Validity is not Validity.Accepted)
        {
            return Step(new FeedOutcome.Invalid(flashblock.Validity));
        }

        FlashblockPayload payload = flashblock.Message.Payload;
        ulong last = (_timetable.BuildingSlotAt(now) ?? 0) + _options.MaxSlotsAhead;
        if (payload.Slot > last)
        {
            return Step(new FeedOutcome.TooFarAhead(payload.Slot, last));
        }

        FeedOutcome outcome = Take(flashblock.Message, now);
        Release(now);
        return Step(outcome);
    }

    /// <summary>The newest sealed block changed; after a prune to a lower one.</summary>
    /// <param name="number">Its height.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="now">The present.</param>
    /// <returns>What follows.</returns>
    public FeedStep HeadMoved(ulong number, in Hash256 hash, DateTimeOffset now)
    {
        PendingChunk[] pending = [.. Pending];
        switch (FlashblockSequence.Reconcile(pending, number, hash, int.MaxValue))
        {
            case Reconciliation.CatchUp { Confirmed: true }:
                _open.Clear();
                break;
            case Reconciliation.CatchUp or Reconciliation.Reorg:
                Withdraw(0);
                break;
            case Reconciliation.Continue kept:
                _open.RemoveRange(0, kept.Drop);
                break;
            default:
                break;
        }

        (_headNumber, _headHash) = (number, hash);
        foreach ((ulong, uint, uint) key in _held.Where(held => held.Value.Payload.BlockNumber <= number).Select(held => held.Key).ToArray())
        {
            _held.Remove(key);
        }

        foreach ((ulong Slot, uint Chunk) key in _wants.Where(want => want.Value.BlockNumber <= number).Select(want => want.Key).ToArray())
        {
            _wants.Remove(key);
        }

        _reported.RemoveWhere(position => position.Slot + _options.SlotsBehind < (_timetable.BuildingSlotAt(now) ?? 0));
        IsDegraded = false;
        Release(now);
        return Step(new FeedOutcome.Noted());
    }

    /// <summary>Pulls what is due, and gives up what does not come.</summary>
    /// <param name="now">The present.</param>
    /// <returns>What follows.</returns>
    public FeedStep Tick(DateTimeOffset now)
    {
        foreach (((ulong slot, uint chunk) key, Want want) in _wants.ToArray())
        {
            if (now > want.Deadline)
            {
                _wants.Remove(key);
                foreach ((ulong, uint, uint) held in _held.Keys.Where(held => (held.Slot, held.Chunk) == key).ToArray())
                {
                    _held.Remove(held);
                }

                IsDegraded = true;
                _effects.Add(new FeedEffect.Degraded(key.slot, key.chunk));
            }
            else if (now >= want.NextAt)
            {
                want.Attempts++;
                want.NextAt = now + _options.BackOff(want.Attempts);
                _effects.Add(new FeedEffect.PullFlashblocks(key.slot, key.chunk, want.From, want.Attempts));
            }
        }

        return Step(new FeedOutcome.Noted());
    }

    private FeedOutcome Take(Flashblock flashblock, DateTimeOffset now)
    {
        FlashblockPayload payload = flashblock.Payload;
        FlashblockDecision decision = FlashblockSequence.Decide([.. Pending], _headNumber, _headHash, payload);
        switch (decision)
        {
            case FlashblockDecision.Extend:
                _open[^1].Extend(flashblock);
                Show(flashblock);
                break;
            case FlashblockDecision.Open when _open.Count >= _options.MaxPendingChunks:
                return Hold(flashblock, null, now);
            case FlashblockDecision.Open:
                _open.Add(new OpenChunk(flashblock));
                Show(flashblock);
                break;
            case FlashblockDecision.Replace replace:
                Withdraw(_open.FindIndex(open => open.Pending.BlockNumber >= replace.BlockNumber));
                _open.Add(new OpenChunk(flashblock));
                Show(flashblock);
                break;
            case FlashblockDecision.Equivocation equivocation:
                OpenChunk chunk = _open.First(open => (open.Pending.Slot, open.Pending.Chunk) == (payload.Slot, payload.Chunk));
                Report(flashblock, equivocation.Known, chunk.Signatures[(int)payload.Index]);
                break;
            case FlashblockDecision.Gap gap:
                return Hold(flashblock, gap.Expected, now);
            case FlashblockDecision.Hold:
                return Hold(flashblock, payload.Index > 0 ? 0 : null, now);
            default:
                break;
        }

        return new FeedOutcome.Decided(decision);
    }

    private FeedOutcome Hold(Flashblock flashblock, uint? missing, DateTimeOffset now)
    {
        FlashblockPayload payload = flashblock.Payload;
        (ulong, uint, uint) key = (payload.Slot, payload.Chunk, payload.Index);
        if (_held.TryGetValue(key, out Flashblock? known))
        {
            if (known.Payload.Hash == payload.Hash)
            {
                return new FeedOutcome.Duplicate();
            }

            Report(flashblock, known.Payload.Hash, known.Signature);
            return new FeedOutcome.Equivocation();
        }

        if (_held.Count >= _options.MaxHeldFlashblocks)
        {
            (ulong, uint, uint) furthest = _held.Keys.Last();
            if (furthest.CompareTo(key) <= 0)
            {
                return new FeedOutcome.LimitReached(nameof(FeedOptions.MaxHeldFlashblocks));
            }

            _held.Remove(furthest);
        }

        _held.Add(key, flashblock);
        if (missing is { } from)
        {
            Want want = new(payload.BlockNumber, from, now + _options.PullDelay, now + _options.FlashblockPatience);
            if (!_wants.TryAdd((payload.Slot, payload.Chunk), want) && _wants[(payload.Slot, payload.Chunk)].From != from)
            {
                _wants[(payload.Slot, payload.Chunk)] = want;
            }
        }

        return new FeedOutcome.Held();
    }

    /// <summary>Takes what waited and fits now. Ends, since each round takes one out.</summary>
    private void Release(DateTimeOffset now)
    {
        while (true)
        {
            Flashblock? next = null;
            PendingChunk[] pending = [.. Pending];
            foreach (Flashblock held in _held.Values)
            {
                FlashblockDecision decision = FlashblockSequence.Decide(pending, _headNumber, _headHash, held.Payload);
                bool isRoom = decision is not FlashblockDecision.Open || _open.Count < _options.MaxPendingChunks;
                if (isRoom && decision is not (FlashblockDecision.Gap or FlashblockDecision.Hold))
                {
                    next = held;
                    break;
                }
            }

            if (next is null)
            {
                return;
            }

            _held.Remove((next.Payload.Slot, next.Payload.Chunk, next.Payload.Index));
            Take(next, now);
        }
    }

    private void Show(Flashblock flashblock)
    {
        FlashblockPayload payload = flashblock.Payload;
        if (_wants.TryGetValue((payload.Slot, payload.Chunk), out Want? want) && payload.Index >= want.From)
        {
            _wants.Remove((payload.Slot, payload.Chunk));
        }

        // Others of the chunk may wait beyond the next one; they ask again when a gap is left.
        uint next = payload.Index + 1;
        if (_held.Keys.FirstOrDefault(key => (key.Slot, key.Chunk) == (payload.Slot, payload.Chunk) && key.Index > payload.Index) is { Index: > 0 } waiting
            && waiting.Index > next && want is not null)
        {
            _wants[(payload.Slot, payload.Chunk)] = new Want(payload.BlockNumber, next, want.NextAt, want.Deadline);
        }

        IsDegraded = false;
        _effects.Add(new FeedEffect.Show(flashblock));
    }

    private void Withdraw(int from)
    {
        for (int i = from; i < _open.Count; i++)
        {
            _effects.Add(new FeedEffect.Withdraw(_open[i].Pending));
        }

        _open.RemoveRange(from, _open.Count - from);
    }

    private void Report(Flashblock second, in Hash256 firstHash, in Signature firstSignature)
    {
        FlashblockPayload payload = second.Payload;
        if (_reported.Add((payload.Slot, payload.Chunk, payload.Index)))
        {
            _effects.Add(new FeedEffect.Report(new Evidence.Equivocation(
                second.Context, payload.Statement.Duty, firstHash, firstSignature, payload.Hash, second.Signature)));
        }
    }

    private FeedStep Step(FeedOutcome outcome)
    {
        ImmutableArray<FeedEffect> effects = _effects.ToImmutable();
        _effects = ImmutableArray.CreateBuilder<FeedEffect>();
        return new FeedStep(outcome, effects);
    }

    private sealed class OpenChunk(Flashblock first)
    {
        internal PendingChunk Pending { get; private set; } = PendingChunk.Open(first.Payload);

        internal List<Signature> Signatures { get; } = [first.Signature];

        internal void Extend(Flashblock flashblock)
        {
            Pending = Pending.With(flashblock.Payload);
            Signatures.Add(flashblock.Signature);
        }
    }

    private sealed class Want(ulong blockNumber, uint from, DateTimeOffset nextAt, DateTimeOffset deadline)
    {
        internal ulong BlockNumber => blockNumber;

        internal uint From => from;

        internal DateTimeOffset NextAt { get; set; } = nextAt;

        internal DateTimeOffset Deadline => deadline;

        internal int Attempts { get; set; }
    }
}
