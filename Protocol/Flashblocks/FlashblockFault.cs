namespace Cloud.Protocol.Flashblocks;

/// <summary>How a flashblock contradicts those before it (flashblocks 4.1).</summary>
public enum FlashblockFault
{
    /// <summary>Not the next index.</summary>
    WrongIndex,

    /// <summary>Another payload id, slot, chunk, producer or height than flashblock 0.</summary>
    WrongPayload,

    /// <summary>It names another predecessor.</summary>
    WrongPredecessor,

    /// <summary>The chunk has ended already.</summary>
    AfterLast,

    /// <summary>Flashblock 0 without a base.</summary>
    MissingBase,

    /// <summary>A later flashblock with a base.</summary>
    UnexpectedBase,

    /// <summary>The block does not stand on the block below it.</summary>
    WrongParent,

    /// <summary>The gas of the block so far went down.</summary>
    GasDecreased,

    /// <summary>The filter of the block so far lost bits.</summary>
    BloomLostBits,

    /// <summary>The block hash is not that of the header which the stream gives.</summary>
    BlockHashMismatch,
}
