using System.Collections.Immutable;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Time;
using Cloud.Protocol.Validation;

namespace Cloud.Replica.Feed;

/// <summary>Brings chunks into order: each is delivered once, after the one that it stands on. What is missing is pulled. A pure state machine, not safe for several threads.</summary>
/// <remarks>
/// <para>Streams may lose, repeat and reorder. A chunk that comes before its parent waits for it; parents are pulled with growing waits until their slot's attestation deadline.</para>
/// <para>Memory: positions of the slots that are followed, with at most two chunks each, and at most <see cref="FeedOptions.MaxHeldChunks"/> chunks that wait.</para>
/// </remarks>
public sealed class FeedFollower
{
    private readonly ConsensusTimetable _timetable;
    private readonly FeedOptions _options;
    private readonly SigningContext _context;
    private readonly SortedDictionary<(ulong Slot, uint Index), Position> _positions = [];
    private readonly Dictionary<Hash256, BlockState> _blocks = [];
    private readonly Dictionary<Hash256, List<Candidate>> _waiting = [];
    private readonly SortedDictionary<(ulong Slot, uint Index), Want> _wants = [];
    private readonly Dictionary<Hash256, Want> _blockWants = [];
    private ImmutableArray<FeedEffect>.Builder _effects = ImmutableArray.CreateBuilder<FeedEffect>();
    private Hash256 _head;
    private int _held;

    /// <summary>Starts at a block of the chain.</summary>
    /// <param name="context">The rollup.</param>
    /// <param name="timetable">Its timetable.</param>
    /// <param name="head">Hash of a block that is in the chain.</param>
    /// <param name="floor">The oldest slot to follow.</param>
    /// <param name="options">Bounds and waits; null for the defaults.</param>
    public FeedFollower(SigningContext context, ConsensusTimetable timetable, in Hash256 head, ulong floor = 0, FeedOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(timetable);
        _context = context;
        _timetable = timetable;
        _options = options ?? new FeedOptions();
        Floor = floor;
        _head = head;
        _blocks.Add(head, new BlockState(floor, IsInvalid: false));
    }

    /// <summary>The oldest slot that is followed.</summary>
    public ulong Floor { get; private set; }

    /// <summary>How many chunks wait for the block that they stand on.</summary>
    public int Held => _held;

    /// <summary>How many positions and blocks are being pulled, or will be.</summary>
    public int Missing => _wants.Count + _blockWants.Count;

    /// <summary>When <see cref="Tick"/> has something to do at the earliest.</summary>
    /// <returns>Null where nothing is missing.</returns>
    public DateTimeOffset? NextDeadline()
    {
        DateTimeOffset? earliest = null;
        foreach (Want want in _wants.Values.Concat(_blockWants.Values))
        {
            DateTimeOffset at = want.NextAt < want.Deadline ? want.NextAt : want.Deadline;
            earliest = earliest is { } known && known <= at ? known : at;
        }

        return earliest;
    }

    /// <summary>The slot grain announced a chunk.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="index">Index of the chunk.</param>
    /// <param name="now">The present.</param>
    /// <returns>What was done, and what follows.</returns>
    public FeedStep Announced(ulong slot, uint index, DateTimeOffset now)
    {
        if (CheckPosition(slot, index, now) is { } refusal)
        {
            return Step(refusal);
        }

        if (IsHere(slot, index) || _wants.ContainsKey((slot, index)))
        {
            return Step(new FeedOutcome.Duplicate());
        }

        Require(slot, index, now);
        return Step(new FeedOutcome.Noted());
    }

    /// <summary>A chunk arrived, from the stream or as the answer to a pull.</summary>
    /// <param name="proposal">The chunk and what validation said; for a pulled one without the rule about the time of arrival.</param>
    /// <param name="now">The present.</param>
    /// <returns>What was done, and what follows.</returns>
    public FeedStep Arrived(Validated<ChunkProposal> proposal, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(proposal.Message);
        if (proposal.Validity is not Validity.Accepted)
        {
            return Step(new FeedOutcome.Invalid(proposal.Validity));
        }

        ChunkHeader header = proposal.Message.Header;
        (ulong, uint) key = (header.Slot, header.Index);
        if (CheckPosition(header.Slot, header.Index, now) is { } refusal)
        {
            return Step(refusal);
        }

        Candidate candidate = new(proposal.Message, header.Block.ComputeHash());
        bool isWanted = _blockWants.Remove(candidate.BlockHash);
        if (!_positions.TryGetValue(key, out Position? position))
        {
            position = new Position();
            _positions.Add(key, position);
        }

        isWanted |= position.Certified == header.Hash;
        if (isWanted || position.Certified is null)
        {
            _wants.Remove(key);
        }

        if (position.Candidates.Count == 0)
        {
            position.Candidates.Add(candidate);
            return Step(Place(candidate, now));
        }

        if (position.Find(header.Hash) is not null)
        {
            return Step(new FeedOutcome.Duplicate());
        }

        // What the committee certified, or what another chunk stands on, is delivered although it is not the first.
        FeedOutcome second = AddSecond(position, candidate);
        return Step(isWanted && second is FeedOutcome.Equivocation ? Place(candidate, now) : second);
    }

    /// <summary>The committee certified a chunk. Where another one is here for its position, this one is delivered as well, and pulled if need be.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="index">Index of the chunk.</param>
    /// <param name="chunkHash">The chunk.</param>
    /// <param name="now">The present.</param>
    /// <returns>What was done, and what follows.</returns>
    public FeedStep Certified(ulong slot, uint index, in Hash256 chunkHash, DateTimeOffset now)
    {
        if (CheckPosition(slot, index, now) is { } refusal)
        {
            return Step(refusal);
        }

        if (!_positions.TryGetValue((slot, index), out Position? position))
        {
            position = new Position();
            _positions.Add((slot, index), position);
        }

        if (position.Certified == chunkHash)
        {
            return Step(new FeedOutcome.Duplicate());
        }

        position.Certified = chunkHash;
        if (position.Find(chunkHash) is { } known)
        {
            return Step(known.IsPlaced ? new FeedOutcome.Duplicate() : Place(known, now));
        }

        Require(slot, index, now);
        return Step(new FeedOutcome.Noted());
    }

    /// <summary>A block is in the chain, wherever it came from: chunks that wait for it are delivered.</summary>
    /// <param name="slot">Its slot.</param>
    /// <param name="blockHash">Its hash.</param>
    /// <returns>What follows.</returns>
    public FeedStep Known(ulong slot, in Hash256 blockHash)
    {
        _blockWants.Remove(blockHash);
        if (_blocks.TryGetValue(blockHash, out BlockState? state) && !state.IsInvalid)
        {
            return Step(new FeedOutcome.Duplicate());
        }

        _blocks[blockHash] = new BlockState(slot, IsInvalid: false);
        Release(blockHash);
        return Step(new FeedOutcome.Noted());
    }

    /// <summary>The chain's newest block is another one, higher or lower. It stays known for as long as it is that, however long ago its slot was: what comes next stands on it.</summary>
    /// <param name="slot">Its slot.</param>
    /// <param name="blockHash">Its hash.</param>
    /// <returns>What follows.</returns>
    public FeedStep HeadMoved(ulong slot, in Hash256 blockHash)
    {
        _head = blockHash;
        return Known(slot, blockHash);
    }

    /// <summary>Re-execution showed a delivered chunk to be invalid: what waits for it is not delivered any more. To be called for each delivered chunk that cannot be executed for that reason.</summary>
    /// <param name="slot">Its slot.</param>
    /// <param name="blockHash">Its hash.</param>
    /// <returns>What follows.</returns>
    public FeedStep FoundInvalid(ulong slot, in Hash256 blockHash)
    {
        Stack<Hash256> stack = new([blockHash]);
        while (stack.TryPop(out Hash256 invalid))
        {
            _blocks[invalid] = new BlockState(slot, IsInvalid: true);
            _blockWants.Remove(invalid);
            if (_waiting.Remove(invalid, out List<Candidate>? children))
            {
                _held -= children.Count;
                foreach (Candidate child in children)
                {
                    stack.Push(child.BlockHash);
                }
            }
        }

        return Step(new FeedOutcome.Noted());
    }

    /// <summary>Pulls what is due and gives up what is too late.</summary>
    /// <param name="now">The present.</param>
    /// <returns>What follows.</returns>
    public FeedStep Tick(DateTimeOffset now)
    {
        if (_timetable.BuildingSlotAt(now) is { } building && building > _options.SlotsBehind)
        {
            Advance(building - _options.SlotsBehind);
        }

        foreach (((ulong slot, uint index) key, Want want) in _wants.Where(want => now > want.Value.Deadline).ToArray())
        {
            _wants.Remove(key);
            _effects.Add(new FeedEffect.GaveUp(key.slot, key.index));
        }

        foreach (Hash256 late in _blockWants.Where(want => now > want.Value.Deadline).Select(want => want.Key).ToArray())
        {
            _blockWants.Remove(late);
        }

        PullPositions(now);
        foreach ((Hash256 hash, Want want) in _blockWants)
        {
            if (now >= want.NextAt)
            {
                want.Attempts++;
                want.NextAt = now + _options.BackOff(want.Attempts);
                _effects.Add(new FeedEffect.PullBlock(hash, want.Slot, want.Attempts));
            }
        }

        return Step(new FeedOutcome.Noted());
    }

    /// <summary>Forgets slots that are settled.</summary>
    /// <param name="floor">The oldest slot to follow from now on; lower values change nothing.</param>
    public void Advance(ulong floor)
    {
        if (floor <= Floor)
        {
            return;
        }

        Floor = floor;
        while (_positions.Count > 0 && _positions.First() is var oldest && oldest.Key.Slot < floor)
        {
            _positions.Remove(oldest.Key);
        }

        while (_wants.Count > 0 && _wants.First() is var oldest && oldest.Key.Slot < floor)
        {
            _wants.Remove(oldest.Key);
        }

        foreach ((Hash256 parent, List<Candidate> children) in _waiting.ToArray())
        {
            _held -= children.RemoveAll(child => child.Proposal.Header.Slot < floor);
            if (children.Count == 0)
            {
                _waiting.Remove(parent);
                _blockWants.Remove(parent);
            }
        }

        // The newest blocks stay, whatever their slot: after a quiet time the next chunk stands on one of them.
        ulong newest = _blocks.Count == 0 ? 0 : _blocks.Values.Max(block => block.Slot);
        foreach (Hash256 old in _blocks.Where(block => block.Value.Slot < floor && block.Value.Slot < newest && block.Key != _head).Select(block => block.Key).ToArray())
        {
            _blocks.Remove(old);
        }
    }

    private FeedOutcome? CheckPosition(ulong slot, uint index, DateTimeOffset now)
    {
        if (slot < Floor)
        {
            return new FeedOutcome.SlotOver(slot, Floor);
        }

        ulong last = (_timetable.BuildingSlotAt(now) ?? 0) + _options.MaxSlotsAhead;
        return slot > last ? new FeedOutcome.TooFarAhead(slot, last)
            : index >= _timetable.Timing.MaxChunksPerSlot ? new FeedOutcome.IndexTooHigh(index, _timetable.Timing.MaxChunksPerSlot)
            : null;
    }

    private FeedOutcome AddSecond(Position position, Candidate candidate)
    {
        if (position.Candidates.Count >= Position.MaxCandidates)
        {
            // Two prove the fault, and what the committee chose takes the place of the other.
            if (position.Certified != candidate.Hash)
            {
                return new FeedOutcome.OverCap();
            }

            position.Candidates.RemoveAt(position.Candidates.Count - 1);
        }

        ChunkProposal first = position.Candidates[0].Proposal;
        position.Candidates.Add(candidate);
        if (!position.IsReported)
        {
            position.IsReported = true;
            _effects.Add(new FeedEffect.Report(new Evidence.Equivocation(
                _context, first.Header.Statement.Duty, first.Header.Hash, first.Signature, candidate.Hash, candidate.Proposal.Signature)));
        }

        return new FeedOutcome.Equivocation();
    }

    private FeedOutcome Place(Candidate candidate, DateTimeOffset now)
    {
        ChunkHeader header = candidate.Proposal.Header;
        if (_blocks.TryGetValue(header.Block.ParentHash, out BlockState? parent))
        {
            if (parent.IsInvalid)
            {
                _blocks[candidate.BlockHash] = new BlockState(header.Slot, IsInvalid: true);
                return new FeedOutcome.InvalidAncestor();
            }

            Deliver(candidate);
            return new FeedOutcome.Delivered();
        }

        if (_held >= _options.MaxHeldChunks && !Evict(header, now))
        {
            Drop(candidate, now);
            return new FeedOutcome.LimitReached(nameof(FeedOptions.MaxHeldChunks));
        }

        candidate.IsPlaced = true;
        if (!_waiting.TryGetValue(header.Block.ParentHash, out List<Candidate>? children))
        {
            _waiting.Add(header.Block.ParentHash, children = []);
        }

        children.Add(candidate);
        _held++;
        RequireBelow(header, now);
        return new FeedOutcome.Held();
    }

    private void Deliver(Candidate candidate)
    {
        candidate.IsPlaced = true;
        _blocks[candidate.BlockHash] = new BlockState(candidate.Proposal.Header.Slot, IsInvalid: false);
        _effects.Add(new FeedEffect.Deliver(candidate.Proposal));
        Release(candidate.BlockHash);
    }

    private void Release(in Hash256 blockHash)
    {
        Queue<Hash256> released = new([blockHash]);
        while (released.TryDequeue(out Hash256 parent))
        {
            if (!_waiting.Remove(parent, out List<Candidate>? children))
            {
                continue;
            }

            _held -= children.Count;
            foreach (Candidate child in children)
            {
                _blocks[child.BlockHash] = new BlockState(child.Proposal.Header.Slot, IsInvalid: false);
                _effects.Add(new FeedEffect.Deliver(child.Proposal));
                released.Enqueue(child.BlockHash);
            }
        }
    }

    /// <summary>Makes room by letting go of the chunk that is furthest from its turn; false where that is the new one.</summary>
    private bool Evict(ChunkHeader header, DateTimeOffset now)
    {
        Candidate? furthest = null;
        foreach (List<Candidate> children in _waiting.Values)
        {
            foreach (Candidate child in children)
            {
                if (furthest is null || Key(child).CompareTo(Key(furthest)) > 0)
                {
                    furthest = child;
                }
            }
        }

        if (furthest is null || Key(furthest).CompareTo((header.Slot, header.Index)) <= 0)
        {
            return false;
        }

        Hash256 parent = furthest.Proposal.Header.Block.ParentHash;
        _waiting[parent].Remove(furthest);
        if (_waiting[parent].Count == 0)
        {
            _waiting.Remove(parent);
        }

        _held--;
        Drop(furthest, now);
        return true;
    }

    /// <summary>Lets go of a chunk; it is pulled again later.</summary>
    private void Drop(Candidate candidate, DateTimeOffset now)
    {
        (ulong slot, uint index) = Key(candidate);
        _positions[(slot, index)].Candidates.Remove(candidate);
        Require(slot, index, now);
    }

    private bool IsHere(ulong slot, uint index) => _positions.TryGetValue((slot, index), out Position? position) && position.Candidates.Count > 0;

    private static (ulong Slot, uint Index) Key(Candidate candidate) => (candidate.Proposal.Header.Slot, candidate.Proposal.Header.Index);

    /// <summary>Everything below a chunk in its slot must exist; below its first chunk, the block that it stands on.</summary>
    private void RequireBelow(ChunkHeader header, DateTimeOffset now)
    {
        bool isSomethingMissing = false;
        for (uint index = 0; index < header.Index; index++)
        {
            if (!IsHere(header.Slot, index))
            {
                Require(header.Slot, index, now);
                isSomethingMissing = true;
            }
        }

        Hash256 parent = header.Block.ParentHash;
        if (!isSomethingMissing && !IsHere(parent) && !_blockWants.ContainsKey(parent))
        {
            _blockWants.Add(parent, new Want(header.Slot, now + _options.PullDelay, DeadlineOf(header.Slot, now)));
        }
    }

    private bool IsHere(in Hash256 blockHash)
    {
        foreach (List<Candidate> children in _waiting.Values)
        {
            foreach (Candidate child in children)
            {
                if (child.BlockHash == blockHash)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private void Require(ulong slot, uint index, DateTimeOffset now) =>
        _wants.TryAdd((slot, index), new Want(slot, now + _options.PullDelay, DeadlineOf(slot, now)));

    /// <summary>Until the slot's attestations are due; a replica that is behind tries a while all the same.</summary>
    private DateTimeOffset DeadlineOf(ulong slot, DateTimeOffset now)
    {
        DateTimeOffset due = _timetable.AttestationDeadline(slot);
        DateTimeOffset patience = now + _options.CatchUpPatience;
        return due > patience ? due : patience;
    }

    private void PullPositions(DateTimeOffset now)
    {
        (ulong Slot, uint From, uint Through, int Attempt)? range = null;
        foreach (((ulong slot, uint index), Want want) in _wants)
        {
            if (now < want.NextAt)
            {
                continue;
            }

            want.Attempts++;
            want.NextAt = now + _options.BackOff(want.Attempts);
            if (range is { } open && open.Slot == slot && open.Through + 1 == index && open.Attempt == want.Attempts)
            {
                range = open with { Through = index };
                continue;
            }

            Pull(range);
            range = (slot, index, index, want.Attempts);
        }

        Pull(range);
    }

    private void Pull((ulong Slot, uint From, uint Through, int Attempt)? range)
    {
        if (range is { } due)
        {
            _effects.Add(new FeedEffect.PullChunks(due.Slot, due.From, due.Through, due.Attempt));
        }
    }

    private FeedStep Step(FeedOutcome outcome)
    {
        ImmutableArray<FeedEffect> effects = _effects.ToImmutable();
        _effects = ImmutableArray.CreateBuilder<FeedEffect>();
        return new FeedStep(outcome, effects);
    }

    private sealed record BlockState(ulong Slot, bool IsInvalid);

    private sealed class Candidate(ChunkProposal proposal, Hash256 blockHash)
    {
        internal ChunkProposal Proposal => proposal;

        internal Hash256 Hash => proposal.Header.Hash;

        internal Hash256 BlockHash => blockHash;

        /// <summary>Whether it was delivered or waits to be.</summary>
        internal bool IsPlaced { get; set; }
    }

    private sealed class Position
    {
        internal const int MaxCandidates = 2;

        internal List<Candidate> Candidates { get; } = [];

        internal Hash256? Certified { get; set; }

        internal bool IsReported { get; set; }

        internal Candidate? Find(Hash256 chunkHash) => Candidates.Find(candidate => candidate.Hash == chunkHash);
    }

    private sealed class Want(ulong slot, DateTimeOffset nextAt, DateTimeOffset deadline)
    {
        internal ulong Slot => slot;

        internal DateTimeOffset NextAt { get; set; } = nextAt;

        internal DateTimeOffset Deadline => deadline;

        internal int Attempts { get; set; }
    }
}
