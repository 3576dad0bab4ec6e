namespace Cloud.Protocol.Attesting;

/// <summary>Whose fault a verdict is.</summary>
public enum Blame
{
    /// <summary>Nobody's: all is well.</summary>
    None,

    /// <summary>Perhaps this node's: it lacks data, time or state. Never evidence.</summary>
    Unknown,

    /// <summary>The proposal is refused, and the proposer is not punished: honest views can differ in it.</summary>
    Refused,

    /// <summary>The proposer's, and anybody can repeat the proof.</summary>
    Proposer,
}
