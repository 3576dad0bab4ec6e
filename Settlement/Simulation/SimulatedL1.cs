using System.Buffers.Binary;
using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;
using Cloud.Settlement.L1Events;

namespace Cloud.Settlement.Simulation;

/// <summary>An L1 with the rollup contract's rules about checkpoints, without a chain: for simulations. The same seed and the same calls give the same blocks.</summary>
/// <remarks>What is taken back goes into the pool again, as on a real L1. Pure: time comes in, updates come out. Not safe for several threads.</remarks>
public sealed class SimulatedL1
{
    private readonly ConsensusTimetable _timetable;
    private SimulatedL1Options _options;
    private readonly Random _random;
    private readonly List<MinedBlock> _blocks = [];
    private readonly List<Pending> _pool = [];
    private readonly Hash256 _genesis;
    private DateTimeOffset _next;
    private ulong _finalized;
    private uint _fork;

    /// <summary>Starts with its first block at the rollup's genesis.</summary>
    /// <param name="timetable">The rollup's timetable.</param>
    /// <param name="genesisHash">What the first checkpoint names as its parent.</param>
    /// <param name="options">How L1 behaves.</param>
    public SimulatedL1(ConsensusTimetable timetable, in Hash256 genesisHash, SimulatedL1Options options)
    {
        ArgumentNullException.ThrowIfNull(timetable);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxReorgDepth, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.FinalityDepth, options.MaxReorgDepth, nameof(options));
        _timetable = timetable;
        _options = options;
        _genesis = genesisHash;
        _random = new Random(options.Seed);
        _next = timetable.Timing.Genesis;
    }

    /// <summary>From now on blocks come in time and stay, and transactions arrive.</summary>
    public void EndFaults() => _options = _options with { MissedBlocks = 0, Reorgs = 0, Lost = 0, Delayed = 0, Refused = 0 };

    /// <summary>When the next block is due.</summary>
    public DateTimeOffset NextBlock => _next;

    /// <summary>The contract's last checkpoint; null where there is none.</summary>
    public (ulong Number, Hash256 PayloadHash, ulong Slot)? Tip => State.Landed.Count == 0
        ? null
        : (State.Landed[^1].Number, State.Landed[^1].Header.Hash, State.Landed[^1].Header.Slot);

    private Contract State => _blocks.Count == 0 ? Contract.Empty : _blocks[^1].After;

    /// <summary>Sends a publication.</summary>
    /// <param name="publication">The checkpoint.</param>
    /// <param name="verdict">Whether its attestations hold, which L1 does not look at.</param>
    /// <returns>Null where the pool took it, as far as the sender can tell; otherwise that it did not.</returns>
    public PublicationOutcome? Send(CheckpointPublication publication, AttestationVerdict verdict = AttestationVerdict.Valid)
    {
        ArgumentNullException.ThrowIfNull(publication);
        if (_random.NextDouble() < _options.Refused)
        {
            return new PublicationOutcome.Rejected(PublicationFault.Reverted);
        }

        bool isKnown = _pool.Exists(pending => pending.Publication?.Header == publication.Header)
            || State.Landed.Any(landed => landed.Header == publication.Header);
        if (!isKnown && _random.NextDouble() >= _options.Lost)
        {
            _pool.Add(new Pending(publication, verdict));
        }

        return null;
    }

    /// <summary>Removes a checkpoint with bad attestations in the next block.</summary>
    /// <param name="number">Its number.</param>
    /// <returns>Whether the contract has such a checkpoint, unproven.</returns>
    public bool Invalidate(ulong number)
    {
        bool isThere = State.Landed.Any(landed => landed.Number == number && landed.Verdict != AttestationVerdict.Valid) && number > State.Proven;
        if (isThere)
        {
            _pool.Insert(0, new Pending(null, default, number));
        }

        return isThere;
    }

    /// <summary>Makes the blocks that are due.</summary>
    /// <param name="now">The present.</param>
    /// <returns>What a follower sees, in order.</returns>
    public ImmutableArray<L1Update> Advance(DateTimeOffset now)
    {
        ImmutableArray<L1Update>.Builder updates = ImmutableArray.CreateBuilder<L1Update>();
        while (_next <= now)
        {
            DateTimeOffset at = _next;
            _next += _timetable.Timing.L1Slot;
            if (_random.NextDouble() < _options.MissedBlocks)
            {
                continue;
            }

            if (_random.NextDouble() < _options.Reorgs)
            {
                TakeBack(updates);
            }

            Mine(at, updates);
            Finalize(updates);
        }

        return updates.ToImmutable();
    }

    private void TakeBack(ImmutableArray<L1Update>.Builder updates)
    {
        int depth = Math.Min(_random.Next(1, _options.MaxReorgDepth + 1), _blocks.Count - 1);
        if (depth < 1 || _blocks[^(depth + 1)].Id.Number < _finalized)
        {
            return;
        }

        foreach (MinedBlock block in _blocks.Skip(_blocks.Count - depth))
        {
            _pool.AddRange(block.Mined);
        }

        _blocks.RemoveRange(_blocks.Count - depth, depth);
        _fork++;
        updates.Add(new L1Update.Reorged(_blocks[^1].Id));
    }

    private void Mine(DateTimeOffset at, ImmutableArray<L1Update>.Builder updates)
    {
        L1BlockRef? parent = _blocks.Count == 0 ? null : _blocks[^1].Id;
        ulong number = (parent?.Number ?? 0) + 1;
        Span<byte> name = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(name, number);
        BinaryPrimitives.WriteUInt32BigEndian(name[8..], _fork);
        BinaryPrimitives.WriteInt32BigEndian(name[12..], _options.Seed);
        L1BlockRef id = new(number, Keccak256.Hash(name));
        ulong slot = _timetable.SlotAt(at) ?? 0;
        Contract contract = State;
        List<Pending> mined = [];
        ImmutableArray<RollupChange>.Builder changes = ImmutableArray.CreateBuilder<RollupChange>();
        foreach (Pending pending in _pool.ToArray())
        {
            if (_random.NextDouble() < _options.Delayed)
            {
                continue;
            }

            switch (Execute(pending, slot, ref contract, changes))
            {
                case Execution.Done:
                    mined.Add(pending);
                    _pool.Remove(pending);
                    break;
                case Execution.Never:
                    _pool.Remove(pending);
                    break;
                default:
                    break;
            }
        }

        if (_options.ProveEvery > 0 && ProvableThrough(contract) is var through && through >= contract.Proven + (ulong)_options.ProveEvery)
        {
            contract = contract with { Proven = through };
            changes.Add(new RollupChange.EpochProven(through));
        }

        _blocks.Add(new MinedBlock(id, contract, mined));
        updates.Add(new L1Update.Block(id, parent?.Hash ?? Hash256.Zero, at, changes.ToImmutable()));
    }

    private Execution Execute(Pending pending, ulong slot, ref Contract contract, ImmutableArray<RollupChange>.Builder changes)
    {
        if (pending.Invalidate is { } invalid)
        {
            if (contract.Landed.Find(landed => landed.Number == invalid && landed.Verdict != AttestationVerdict.Valid) is not { } bad || invalid <= contract.Proven)
            {
                return Execution.Never;
            }

            contract = contract with { Landed = contract.Landed.RemoveAll(landed => landed.Number >= invalid) };
            changes.Add(new RollupChange.CheckpointInvalidated(invalid, bad.Header.Hash));
            return Execution.Done;
        }

        Protocol.Messages.CheckpointHeader header = pending.Publication!.Header;
        if (header.Slot > slot)
        {
            return Execution.NotYet;
        }

        RollupChange.CheckpointLanded? tip = contract.Landed.IsEmpty ? null : contract.Landed[^1];
        if (slot - header.Slot >= (ulong)_timetable.Timing.InclusionWindow || (tip is not null && header.Slot <= tip.Header.Slot))
        {
            return Execution.Never;
        }

        // Its parent may be in the pool behind it.
        if (header.Parent != (tip?.Header.Hash ?? _genesis))
        {
            return Execution.NotYet;
        }

        RollupChange.CheckpointLanded landed = new((tip?.Number ?? 0) + 1, header, pending.Verdict);
        contract = contract with { Landed = contract.Landed.Add(landed) };
        changes.Add(landed);
        return Execution.Done;
    }

    private static ulong ProvableThrough(Contract contract)
    {
        ulong through = contract.Proven;
        foreach (RollupChange.CheckpointLanded landed in contract.Landed)
        {
            if (landed.Verdict != AttestationVerdict.Valid)
            {
                break;
            }

            through = Math.Max(through, landed.Number);
        }

        return through;
    }

    private void Finalize(ImmutableArray<L1Update>.Builder updates)
    {
        int final = _blocks.Count - 1 - _options.FinalityDepth;
        if (final >= 0)
        {
            _finalized = _blocks[final].Id.Number;
            updates.Add(new L1Update.Finalized(_blocks[final].Id));
            _blocks.RemoveRange(0, final);
        }
    }

    private enum Execution
    {
        NotYet,
        Done,
        Never,
    }

    private sealed record Pending(CheckpointPublication? Publication, AttestationVerdict Verdict, ulong? Invalidate = null);

    private sealed record MinedBlock(L1BlockRef Id, Contract After, List<Pending> Mined);

    private sealed record Contract(ImmutableList<RollupChange.CheckpointLanded> Landed, ulong Proven)
    {
        internal static readonly Contract Empty = new([], 0);
    }
}
