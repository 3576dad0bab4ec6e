using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Contracts;

/// <summary>What two contradictory messages have in common. Fields that the kind lacks are zero.</summary>
/// <param name="Kind">Number of the kind of message.</param>
/// <param name="Slot">The slot.</param>
/// <param name="Producer">Of chunk attestations: who produced the chunk.</param>
/// <param name="Chunk">Index of the chunk in the slot.</param>
/// <param name="Index">Index of a flashblock in its chunk.</param>
/// <param name="Attestation">What an attestation says.</param>
public sealed record EquivocationPosition(byte Kind, ulong Slot, Address Producer = default, uint Chunk = 0, uint Index = 0, byte Attestation = 0)
{
    /// <summary>The position of a duty.</summary>
    /// <param name="duty">A duty that was done twice.</param>
    /// <returns>The position.</returns>
    public static EquivocationPosition Of(Duty duty) =>
        new((byte)duty.Kind, duty.Slot, duty.Producer, duty.Chunk, duty.Index, (byte)duty.Attestation);
}
