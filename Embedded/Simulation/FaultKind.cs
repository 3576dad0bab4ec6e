namespace Cloud.Embedded.Simulation;

/// <summary>What a simulation can do to a system.</summary>
public enum FaultKind
{
    /// <summary>A message takes longer.</summary>
    DelayMessage,

    /// <summary>A message overtakes those before it, or is overtaken.</summary>
    ReorderMessage,

    /// <summary>A request arrives twice.</summary>
    DuplicateMessage,

    /// <summary>A request or a response is lost.</summary>
    DropMessage,

    /// <summary>An activation ends without a word.</summary>
    KillActivation,

    /// <summary>The directory loses an activation that lives on, so that the grain gets a second one.</summary>
    SplitActivation,

    /// <summary>A silo dies.</summary>
    KillSilo,

    /// <summary>A storage operation fails and has done nothing.</summary>
    FailStorage,

    /// <summary>A storage operation fails after it was done.</summary>
    TearStorage,

    /// <summary>A storage operation takes longer.</summary>
    DelayStorage,

    /// <summary>A silo's clock is fast or slow.</summary>
    SkewClock,
}
