namespace Cloud.Settlement.Publishing;

/// <summary>How a publication ended. Numbers are stored.</summary>
public enum PublicationEnd : byte
{
    /// <summary>It is mined in a block that stays.</summary>
    Landed = 1,

    /// <summary>It did not land in its time. Where a transaction of it was mined all the same, the contract refused that one, and its fee is lost.</summary>
    Expired = 3,

    /// <summary>The contract has it from another transaction, or would refuse it: nothing was spent.</summary>
    PostedElsewhere = 4,
}
