using System.Collections.Immutable;
using Cloud.Protocol.Checkpoints;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;

namespace Cloud.Protocol.Proposing;

/// <summary>A proposer's slot (building-in-chunks 3.1): chunks one after the other, each built, signed, stored and only then sent; then the checkpoint, the quorum, the publication.</summary>
/// <remarks>A pure state machine, not safe for several threads. An input that does not belong to the state has no effect, so late answers do no harm.</remarks>
public sealed class ProposerMachine
{
    private readonly SigningContext _context;
    private readonly Timetable _timetable;
    private readonly ProposerOptions _options;
    private readonly ProposerDeadlines _deadlines;
    private readonly List<SealedChunk> _chunks = [];
    private readonly HashSet<Hash256> _certified = [];
    private ImmutableArray<ProposerEffect>.Builder _effects = ImmutableArray.CreateBuilder<ProposerEffect>();
    private Hash256? _parent;
    private Hash256 _parentCheckpoint;
    private int _available;
    private int _subSlot = -1;
    private bool _isLastWindow;
    private bool _isSlotFull;
    private bool _isResumed;
    private bool _hasTurnedLast;
    private ProposerInput.ChunkBuilt? _built;
    private ChunkProposal? _held;
    private CheckpointHeader? _header;
    private CheckpointProposal? _checkpoint;
    private CheckpointCertificate? _certificate;
    private ParentStanding? _standing;

    /// <summary>Makes the machine of one slot.</summary>
    /// <param name="context">The rollup.</param>
    /// <param name="timetable">The timetable.</param>
    /// <param name="slot">The slot.</param>
    /// <param name="options">The proposer's choices; null for the defaults.</param>
    public ProposerMachine(SigningContext context, Timetable timetable, ulong slot, ProposerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(timetable);
        _context = context;
        _timetable = timetable;
        _options = options ?? new ProposerOptions();
        _deadlines = timetable.Deadlines(slot);
        Slot = slot;
    }

    /// <summary>The slot.</summary>
    public ulong Slot { get; }

    /// <summary>What the machine waits for.</summary>
    public ProposerState State { get; private set; }

    /// <summary>Chunks that are sealed and stored.</summary>
    public int Chunks => _chunks.Count;

    /// <summary>Takes an input.</summary>
    /// <param name="input">What happened.</param>
    /// <param name="now">The present.</param>
    /// <returns>What to do, in order.</returns>
    public ImmutableArray<ProposerEffect> Apply(ProposerInput input, DateTimeOffset now)
    {
        switch (input)
        {
            case ProposerInput.TransactionsAvailable available:
                _available = available.Count;
                Continue(now);
                break;
            case ProposerInput.ParentChosen parent when State == ProposerState.Starting:
                (_parent, _parentCheckpoint) = (parent.Block, parent.Checkpoint);
                Continue(now);
                break;
            case ProposerInput.Resumed resumed when State == ProposerState.Starting && _chunks.Count == 0:
                Resume(resumed, now);
                break;
            case ProposerInput.ChunkBuilt built when State == ProposerState.Building:
                _built = built;
                _hasTurnedLast = false;
                State = ProposerState.SigningChunk;
                _effects.Add(new ProposerEffect.Sign(built.Header.Statement));
                break;
            case ProposerInput.TooFewTransactions when State == ProposerState.Building:
                _effects.Add(new ProposerEffect.SkipSubSlot(_subSlot));
                State = ProposerState.Waiting;
                Continue(now);
                break;
            case ProposerInput.BuildFailed when State == ProposerState.Building:
                Close(now);
                break;
            case ProposerInput.Signed signed when State == ProposerState.SigningChunk:
                State = ProposerState.StoringChunk;
                _held = new ChunkProposal(_context, _built!.Header, signed.Signature);
                _effects.Add(new ProposerEffect.StoreChunk(_held));
                break;
            case ProposerInput.Signed signed when State == ProposerState.SigningCheckpoint:
                State = ProposerState.StoringCheckpoint;
                bool holdsLast = _held is { } last && last.Header.IsLast && _header!.Chunks == last.Header.Index + 1;
                _checkpoint = new CheckpointProposal(_context, _header!, signed.Signature, holdsLast ? _held : null);
                _effects.Add(new ProposerEffect.StoreCheckpoint(_checkpoint));
                break;
            case ProposerInput.SigningRefused when State is ProposerState.SigningChunk or ProposerState.SigningCheckpoint:
                if (!_isResumed || !TryWhatWasSigned())
                {
                    Abandon(AbandonReason.SigningRefused);
                }

                break;
            case ProposerInput.Stored when State == ProposerState.StoringChunk:
                ChunkStored(now);
                break;
            case ProposerInput.Stored when State == ProposerState.StoringCheckpoint:
                Collect(now);
                break;
            case ProposerInput.StorageFailed when State is ProposerState.Building or ProposerState.StoringChunk or ProposerState.StoringCheckpoint:
                // No checkpoint without the chunk under construction is signed: parts of it were shown, and who goes on with the slot completes it.
                Abandon(AbandonReason.StorageFailed);
                break;
            case ProposerInput.ChunkCertified certified:
                if (_chunks.Exists(chunk => chunk.Proposal.Header.Hash == certified.ChunkHash))
                {
                    _certified.Add(certified.ChunkHash);
                }

                break;
            case ProposerInput.CheckpointCertified certified when State == ProposerState.Collecting && certified.Certificate.CheckpointHash == _checkpoint!.Header.Hash:
                _certificate = certified.Certificate;
                Publish(now);
                break;
            case ProposerInput.ParentCheckpointChanged changed when _header is null && _parent is not null:
                _parentCheckpoint = changed.Checkpoint;
                break;
            case ProposerInput.ParentSynced synced when State < ProposerState.Done:
                _standing = synced.Standing;
                Publish(now);
                break;
            case ProposerInput.Tick:
                Continue(now);
                break;
            default:
                break;
        }

        ImmutableArray<ProposerEffect> effects = _effects.ToImmutable();
        _effects = ImmutableArray.CreateBuilder<ProposerEffect>();
        return effects;
    }

    private void Continue(DateTimeOffset now)
    {
        switch (State)
        {
            case ProposerState.Starting:
                Start(now);
                break;
            case ProposerState.Waiting:
                Next(now);
                break;
            case ProposerState.Collecting:
                Publish(now);
                break;
            default:
                break;
        }
    }

    private void Start(DateTimeOffset now)
    {
        if (now > _deadlines.Start)
        {
            Abandon(AbandonReason.TooLate);
        }
        else if (now < _deadlines.FrameStart)
        {
            _effects.Add(new ProposerEffect.WakeAt(_deadlines.FrameStart));
        }
        else if (_parent is not { } parent)
        {
            _effects.Add(new ProposerEffect.WakeAt(_deadlines.Start.AddTicks(1)));
        }
        else
        {
            _effects.Add(new ProposerEffect.OpenFork(parent));
            State = ProposerState.Waiting;
            Next(now);
        }
    }

    /// <summary>Chooses the next window, and builds in it as soon as there are enough transactions.</summary>
    private void Next(DateTimeOffset now)
    {
        while (true)
        {
            if (_isSlotFull || _chunks.Count >= _timetable.Consensus.Timing.MaxChunksPerSlot
                || _timetable.ChooseNext(Slot, _subSlot, now) is not NextChunk.Build window)
            {
                Close(now);
                return;
            }

            if (now < window.StartAt)
            {
                _effects.Add(new ProposerEffect.WakeAt(window.StartAt));
                return;
            }

            bool isFirst = _chunks.Count == 0;
            bool isForced = isFirst && window.IsLast && _options.BuildCheckpointIfEmpty;
            int needed = isForced ? 0 : isFirst ? _options.MinTransactions : Math.Max(1, _options.MinTransactions);
            if (_available >= needed)
            {
                Build(window.SubSlot, window.Deadline, needed, window.IsLast, isResumed: false);
                return;
            }

            if (now < window.WaitForTransactionsUntil)
            {
                _effects.Add(new ProposerEffect.WakeAt(window.WaitForTransactionsUntil));
                return;
            }

            _effects.Add(new ProposerEffect.SkipSubSlot(window.SubSlot));
            _subSlot = window.SubSlot;
        }
    }

    private void Build(int subSlot, DateTimeOffset deadline, int needed, bool isLast, bool isResumed)
    {
        (_subSlot, _isLastWindow) = (subSlot, isLast);
        State = ProposerState.Building;
        _effects.Add(new ProposerEffect.BuildChunk((uint)_chunks.Count, subSlot, deadline, needed, isLast, isResumed));
    }

    private void ChunkStored(DateTimeOffset now)
    {
        ChunkProposal proposal = _held!;
        _chunks.Add(new SealedChunk(proposal, _built!.BlockHash, now));
        _isSlotFull = _built.IsSlotFull;
        if (proposal.Header.IsLast || _isLastWindow)
        {
            _effects.Add(new ProposerEffect.HoldLastChunk(proposal));
            Close(now);
            return;
        }

        _effects.Add(new ProposerEffect.BroadcastChunk(proposal));
        State = ProposerState.Waiting;
        Next(now);
    }

    private void Close(DateTimeOffset now)
    {
        if (_chunks.Count == 0)
        {
            Abandon(AbandonReason.NoChunks);
            return;
        }

        if (now > _timetable.Consensus.ReceiveDeadline(Slot))
        {
            Abandon(AbandonReason.TooLate);
            return;
        }

        CandidateChunk[] candidates = [.. _chunks.Select(chunk => new CandidateChunk(chunk.Proposal.Header, chunk.BlockHash, StandingOf(chunk, now)))];
        if (CheckpointAssembly.Assemble(_timetable.Consensus, _parentCheckpoint, candidates) is not AssemblyResult.Assembled assembled)
        {
            Abandon(AbandonReason.NothingCertified);
            return;
        }

        State = ProposerState.SigningCheckpoint;
        SignCheckpoint(assembled.Header);
    }

    private void SignCheckpoint(CheckpointHeader header)
    {
        _header = header;
        if (header.Chunks < (uint)_chunks.Count)
        {
            _effects.Add(new ProposerEffect.LeaveOut([.. _chunks.Skip((int)_header.Chunks).Select(chunk => chunk.Proposal)]));
        }

        _effects.Add(new ProposerEffect.Sign(_header.Statement));
    }

    /// <summary>
    /// Who died between a signature and its storing finds other circumstances when it is back: the chunk's window is over and it would be the slot's last one, or chunks that were left out are
    /// certified now. The ledger refuses that, and signs again what it has signed; so the few other things are tried that may have been said.
    /// </summary>
    private bool TryWhatWasSigned()
    {
        if (State == ProposerState.SigningChunk)
        {
            if (_hasTurnedLast)
            {
                return false;
            }

            _hasTurnedLast = true;
            _built = _built! with { Header = _built.Header.WithLast(!_built.Header.IsLast) };
            _effects.Add(new ProposerEffect.Sign(_built.Header.Statement));
            return true;
        }

        CandidateChunk[] fewer = [.. _chunks.Take((int)_header!.Chunks - 1).Select(chunk => new CandidateChunk(chunk.Proposal.Header, chunk.BlockHash, ChunkStanding.Expected))];
        if (fewer.Length == 0)
        {
            return false;
        }

        SignCheckpoint(CheckpointAssembly.HeaderOf(_timetable.Consensus, _parentCheckpoint, fewer, Hash256.Zero));
        return true;
    }

    /// <summary>
    /// A chunk may take as long for its certificate as it takes to reach the committee, to be re-executed, and to come back. A committee that is slow gets half of the time that attesting may still
    /// last; the other half is for the checkpoint's own attestations.
    /// </summary>
    private ChunkStanding StandingOf(SealedChunk chunk, DateTimeOffset now)
    {
        TimeSpan usual = _timetable.Consensus.Timing.Chunk + (2 * _timetable.Budgets.Propagation);
        TimeSpan half = (_timetable.Consensus.AttestationDeadline(Slot) - now) / 2;
        TimeSpan allowed = half > usual ? half : usual;
        return _certified.Contains(chunk.Proposal.Header.Hash) ? ChunkStanding.Certified
            : !_options.ExpectsCertificates || now - chunk.SealedAt <= allowed ? ChunkStanding.Expected
            : ChunkStanding.Unlikely;
    }

    private void Collect(DateTimeOffset now)
    {
        State = ProposerState.Collecting;
        _effects.Add(new ProposerEffect.SendCheckpoint(_checkpoint!));
        Publish(now);
    }

    private void Publish(DateTimeOffset now)
    {
        if (State != ProposerState.Collecting)
        {
            return;
        }

        DateTimeOffset attested = _timetable.Consensus.AttestationDeadline(Slot);
        DateTimeOffset end = _timetable.Consensus.InclusionEnd(Slot);
        AbandonReason? reason = _standing switch
        {
            ParentStanding.InvalidAttestations => AbandonReason.ParentInvalidAttestations,
            ParentStanding.Nothing when !_parentCheckpoint.IsZero => AbandonReason.ParentNotOnL1,
            ParentStanding.Landed when _parentCheckpoint.IsZero => AbandonReason.UnexpectedParentAppeared,
            ParentStanding.Landed landed when landed.PayloadHash != _parentCheckpoint => AbandonReason.ParentHashMismatch,
            _ when _certificate is null && now > attested => AbandonReason.AttestationTimeout,
            null when now > end => AbandonReason.ParentSyncTimeout,
            _ => null,
        };
        if (reason is { } given)
        {
            Abandon(given);
        }
        else if (_certificate is not null && _standing is not null)
        {
            State = ProposerState.Done;
            _effects.Add(new ProposerEffect.RequestPublish(_checkpoint!.Header, _certificate, _timetable.Consensus.EarliestL1Send(Slot), attested));
        }
        else
        {
            _effects.Add(new ProposerEffect.WakeAt((_certificate is null ? attested : end).AddTicks(1)));
        }
    }

    /// <summary>Goes on where the journal ends. What was sent is sent again: receivers ignore it.</summary>
    private void Resume(ProposerInput.Resumed resumed, DateTimeOffset now)
    {
        (_parent, _parentCheckpoint, _isResumed) = (resumed.Block, resumed.Checkpoint, true);
        foreach (ChunkProposal proposal in resumed.Chunks)
        {
            _chunks.Add(new SealedChunk(proposal, proposal.Header.Block.ComputeHash(), now));
            _held = proposal;
            _effects.Add(proposal.Header.IsLast ? new ProposerEffect.HoldLastChunk(proposal) : new ProposerEffect.BroadcastChunk(proposal));
        }

        if (!resumed.Certified.IsDefault)
        {
            _certified.UnionWith(resumed.Certified);
        }

        _subSlot = _chunks.Count - 1;
        if (resumed.Proposed is { } checkpoint)
        {
            _checkpoint = checkpoint;
            _header = checkpoint.Header;
            Collect(now);
            return;
        }

        if (_held is { Header.IsLast: true })
        {
            Close(now);
            return;
        }

        _effects.Add(new ProposerEffect.OpenFork(_chunks.Count == 0 ? resumed.Block : _chunks[^1].BlockHash));
        State = ProposerState.Waiting;
        if (!resumed.IsChunkOpen)
        {
            Next(now);
            return;
        }

        // Its transactions were promised: it is sealed even where no time is left for more of them.
        if (_timetable.ChooseNext(Slot, _subSlot, now) is NextChunk.Build window)
        {
            Build(window.SubSlot, window.Deadline, 0, window.IsLast, isResumed: true);
        }
        else
        {
            Build(_timetable.ChunksPerSlot - 1, now, 0, isLast: true, isResumed: true);
        }
    }

    private void Abandon(AbandonReason reason)
    {
        State = ProposerState.Abandoned;
        _effects.Add(new ProposerEffect.Abandon(reason));
    }

    private sealed record SealedChunk(ChunkProposal Proposal, Hash256 BlockHash, DateTimeOffset SealedAt);
}
