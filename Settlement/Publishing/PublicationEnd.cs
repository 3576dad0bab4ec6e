namespace Cloud.Settlement.Publishing;

/// <summary>How a publication ended. Numbers are stored.</summary>
public enum PublicationEnd : byte
{
    /// <summary>It is mined in a block that stays.</summary>
    Landed = 1,

    /// <summary>It is mined in a block that stays, and the contract refused it.</summary>
    Reverted = 2,

    /// <summary>Its time ran out before it was mined.</summary>
    Expired = 3,

    /// <summary>The contract has it from another transaction, or would refuse it: nothing was spent.</summary>
    PostedElsewhere = 4,
}
