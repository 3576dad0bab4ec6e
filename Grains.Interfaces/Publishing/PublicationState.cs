namespace Cloud.Grains.Interfaces.Publishing;

/// <summary>Where a publication stands.</summary>
public enum PublicationState
{
    /// <summary>It is stored, and under way.</summary>
    Pending,

    /// <summary>It is in an L1 block.</summary>
    Landed,

    /// <summary>The contract refuses it.</summary>
    Rejected,

    /// <summary>Its time is over.</summary>
    Expired,
}
