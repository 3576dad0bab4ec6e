namespace Cloud.Settlement.L1Events;

/// <summary>What a follower found out about the attestations of a checkpoint, before it looked at the checkpoint's data. L1 itself does not check them when it is posted.</summary>
public enum AttestationVerdict
{
    /// <summary>A quorum of the committee signed this header.</summary>
    Valid,

    /// <summary>Fewer than a quorum.</summary>
    Insufficient,

    /// <summary>A signature is not the member's, or the frame that holds them is malformed.</summary>
    Incorrect,
}
