namespace Cloud.Protocol.Attesting;

/// <summary>How a chunk's position or header contradicts the block that it stands on (building-in-chunks 3.3).</summary>
public enum ChunkLinkFault
{
    /// <summary>It names another parent.</summary>
    WrongParent,

    /// <summary>Its block number is not the parent's plus one.</summary>
    WrongNumber,

    /// <summary>The parent belongs to a later slot.</summary>
    ParentInLaterSlot,

    /// <summary>The first chunk of a slot has another index than 0.</summary>
    FirstIndexNotZero,

    /// <summary>A later chunk of a slot has not the parent's index plus one.</summary>
    IndexNotNext,

    /// <summary>The parent said that it is the slot's last chunk.</summary>
    AfterLast,

    /// <summary>The slot's chunks name different producers.</summary>
    ProducerDiffers,

    /// <summary>The slot's chunks consume different messages from L1.</summary>
    InHashDiffers,

    /// <summary>The slot's chunks pay different fee recipients.</summary>
    FeeRecipientDiffers,

    /// <summary>The block's timestamp is not that of its place in the timetable.</summary>
    WrongTimestamp,
}
