namespace Cloud.Replica.Events;

/// <summary>Why a subscription ended.</summary>
public enum EventEnd
{
    /// <summary>It has not.</summary>
    None,

    /// <summary>The subscriber was too slow: as many events waited as may. It can subscribe again from the last one that it read.</summary>
    TooSlow,

    /// <summary>The node is closed.</summary>
    Closed,

    /// <summary>The subscriber ended it.</summary>
    Disposed,
}
