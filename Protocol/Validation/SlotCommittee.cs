using Cloud.Protocol.Committees;

namespace Cloud.Protocol.Validation;

/// <summary>What is known about who may propose and attest in a slot.</summary>
public abstract record SlotCommittee
{
    private SlotCommittee()
    {
    }

    /// <summary>The committee of the slot's epoch.</summary>
    /// <param name="Committee">The committee.</param>
    public sealed record Known(Committee Committee) : SlotCommittee;

    /// <summary>The rollup has no committee in this epoch: anybody may propose, nobody attests.</summary>
    public sealed record None : SlotCommittee;

    /// <summary>This node cannot tell, such as before it has followed L1 so far.</summary>
    public sealed record Unknown : SlotCommittee;
}
