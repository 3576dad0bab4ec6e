namespace Cloud.Protocol.Validation;

/// <summary>What a refused message costs the peer that sent it (building-in-chunks 2.3).</summary>
public enum PeerPenalty
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>About two strikes to a ban: nobody honest sends this.</summary>
    LowTolerance,

    /// <summary>About ten strikes.</summary>
    MidTolerance,

    /// <summary>About fifty strikes: bad clocks and old views do this.</summary>
    HighTolerance,
}
