using Cloud.Protocol.Messages;
using Cloud.Protocol.Time;

namespace Cloud.Protocol.Attesting;

/// <summary>The rules about a chunk's place in the chain that need no execution.</summary>
public static class ChunkLink
{
    /// <summary>Checks a chunk against the block that it stands on.</summary>
    /// <param name="timetable">The rollup's timetable.</param>
    /// <param name="parent">The block.</param>
    /// <param name="chunk">The chunk.</param>
    /// <returns>The first rule that is broken; null where none is.</returns>
    public static ChunkLinkFault? Check(ConsensusTimetable timetable, ChunkParent parent, ChunkHeader chunk)
    {
        ArgumentNullException.ThrowIfNull(timetable);
        ArgumentNullException.ThrowIfNull(parent);
        ArgumentNullException.ThrowIfNull(chunk);
        if (chunk.Block.ParentHash != parent.Hash)
        {
            return ChunkLinkFault.WrongParent;
        }

        if (chunk.Block.Number != parent.Number + 1)
        {
            return ChunkLinkFault.WrongNumber;
        }

        ChunkLinkFault? position = parent.Slot == chunk.Slot ? CheckInsideSlot(parent.Header, chunk)
            : parent.Slot > chunk.Slot ? ChunkLinkFault.ParentInLaterSlot
            : chunk.Index != 0 ? ChunkLinkFault.FirstIndexNotZero
            : null;
        return position ?? (chunk.Block.Timestamp != timetable.ChunkTimestamp(chunk.Slot, chunk.Index) ? ChunkLinkFault.WrongTimestamp : null);
    }

    private static ChunkLinkFault? CheckInsideSlot(ChunkHeader? parent, ChunkHeader chunk) =>
        parent is null || parent.IsLast ? ChunkLinkFault.AfterLast
        : chunk.Index != parent.Index + 1 ? ChunkLinkFault.IndexNotNext
        : chunk.Producer != parent.Producer ? ChunkLinkFault.ProducerDiffers
        : chunk.InHash != parent.InHash ? ChunkLinkFault.InHashDiffers
        : chunk.Block.FeeRecipient != parent.Block.FeeRecipient ? ChunkLinkFault.FeeRecipientDiffers
        : null;
}
