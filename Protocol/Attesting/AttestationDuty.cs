using Cloud.Protocol.Committees;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;

namespace Cloud.Protocol.Attesting;

/// <summary>Decides what one validator signs (building-in-chunks 3.3 and 3.4). The signing ledger decides again, durably; this spares it what cannot be right.</summary>
/// <remarks>
/// A validator signs a chunk only if it is on one chain with the highest chunk that it signed, unless that one is on L1 or given up. So honest members cannot help to certify two chains at a time,
/// also where a proposer builds beside the last chunk of the slot before. A lower chunk of the same slot may follow a higher one: several that come late, at once, are all signed, in whatever order.
/// </remarks>
/// <param name="member">The validator.</param>
/// <param name="timetable">The rollup's timetable.</param>
/// <param name="mode">What it signs.</param>
/// <param name="kind">What its signatures say.</param>
public sealed class AttestationDuty(Address member, ConsensusTimetable timetable, AttestationMode mode = AttestationMode.PerChunk, AttestationKind kind = AttestationKind.Executed)
{
    private readonly HashSet<uint> _signed = [];
    private ulong? _newest;
    private uint _highest;
    private ulong? _lastCheckpoint;

    /// <summary>Hash of the block of the highest chunk that was signed, as long as it is neither on L1 nor given up.</summary>
    public Hash256? Own { get; private set; }

    /// <summary>Decides about a chunk.</summary>
    /// <param name="chunk">The chunk. Also one of the validator's own, whose builder has executed it.</param>
    /// <param name="blockHash">Hash of its block.</param>
    /// <param name="verdict">What checking it gave.</param>
    /// <param name="agreesWithOwn">Whether its block stands on <see cref="Own"/> or is below it; not looked at where that is null.</param>
    /// <param name="committee">The committee of its epoch.</param>
    /// <param name="now">The present.</param>
    /// <returns>What to do. It counts as signed from now on.</returns>
    public DutyDecision Decide(ChunkHeader chunk, in Hash256 blockHash, ChunkVerdict verdict, bool agreesWithOwn, Committee committee, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        NoneReason? reason = Common(chunk.Slot, verdict == ChunkVerdict.Valid, committee, now)
            ?? (mode == AttestationMode.CheckpointOnly ? NoneReason.CheckpointOnly
                : chunk.Slot < _newest ? NoneReason.OlderSlot
                : chunk.Slot == _newest && _signed.Contains(chunk.Index) ? NoneReason.AlreadySigned
                : Own is not null && !agreesWithOwn ? NoneReason.ContradictsOwn
                : null);
        if (reason is { } given)
        {
            return new DutyDecision.None(given);
        }

        if (chunk.Slot != _newest)
        {
            _newest = chunk.Slot;
            _highest = 0;
            _signed.Clear();
        }

        _signed.Add(chunk.Index);
        if (Own is null || chunk.Index >= _highest)
        {
            Own = blockHash;
            _highest = chunk.Index;
        }

        return new DutyDecision.Attest(new Statement(Duty.ChunkAttestation(chunk.Slot, chunk.Producer, chunk.Index, kind), chunk.Hash));
    }

    /// <summary>Decides about a checkpoint.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="isValid">Whether all its chunks were executed here and <see cref="Checkpoints.CheckpointAssembly.Check"/> found no fault.</param>
    /// <param name="agreesWithOwn">Whether its last block stands on <see cref="Own"/>, is it, or is below it; not looked at where that is null.</param>
    /// <param name="committee">The committee of its epoch.</param>
    /// <param name="now">The present.</param>
    /// <returns>What to do. It counts as signed from now on.</returns>
    public DutyDecision Decide(CheckpointHeader checkpoint, bool isValid, bool agreesWithOwn, Committee committee, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        NoneReason? reason = Common(checkpoint.Slot, isValid, committee, now)
            ?? (_lastCheckpoint is { } last && checkpoint.Slot <= last ? (checkpoint.Slot == last ? NoneReason.AlreadySigned : NoneReason.OlderSlot)
                : Own is not null && !agreesWithOwn ? NoneReason.ContradictsOwn
                : null);
        if (reason is { } given)
        {
            return new DutyDecision.None(given);
        }

        _lastCheckpoint = checkpoint.Slot;
        return new DutyDecision.Attest(new Statement(Duty.CheckpointAttestation(checkpoint.Slot, kind), checkpoint.Hash));
    }

    /// <summary>A block is on L1, or was given up by the rules of the chain: it binds no longer.</summary>
    /// <param name="blockHash">Hash of the block.</param>
    public void Release(in Hash256 blockHash)
    {
        if (Own == blockHash)
        {
            Own = null;
        }
    }

    private NoneReason? Common(ulong slot, bool isValid, Committee committee, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(committee);
        return mode == AttestationMode.Fisherman ? NoneReason.Fisherman
            : committee.IndexOf(member) < 0 ? NoneReason.NotInCommittee
            : now > timetable.AttestationDeadline(slot) ? NoneReason.TooLate
            : !isValid ? NoneReason.NotValid
            : null;
    }
}
