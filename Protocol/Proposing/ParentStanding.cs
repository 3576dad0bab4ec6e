using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Proposing;

/// <summary>What L1 has before the slot.</summary>
public abstract record ParentStanding
{
    private ParentStanding()
    {
    }

    /// <summary>No checkpoint at all.</summary>
    public sealed record Nothing : ParentStanding;

    /// <summary>The last checkpoint, with good attestations.</summary>
    /// <param name="PayloadHash">Hash of its header.</param>
    public sealed record Landed(Hash256 PayloadHash) : ParentStanding;

    /// <summary>The last checkpoint has bad attestations, or stands on one that has.</summary>
    public sealed record InvalidAttestations : ParentStanding;
}
