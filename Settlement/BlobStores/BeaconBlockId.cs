namespace Cloud.Settlement.BlobStores;

/// <summary>How a beacon node's blob endpoint names blocks.</summary>
public enum BeaconBlockId
{
    /// <summary>By slot, as consensus nodes do: from the block's timestamp.</summary>
    Slot,

    /// <summary>By the execution block's height, as development nodes do.</summary>
    Number,
}
