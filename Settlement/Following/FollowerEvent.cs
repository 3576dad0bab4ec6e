using Cloud.Settlement.Blobs;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.L1Events;

namespace Cloud.Settlement.Following;

/// <summary>What a follower found out.</summary>
public abstract record FollowerEvent
{
    private FollowerEvent()
    {
    }

    /// <summary>A checkpoint was rebuilt and is as its header says.</summary>
    /// <param name="Checkpoint">The checkpoint.</param>
    public sealed record Followed(FollowedCheckpoint Checkpoint) : FollowerEvent;

    /// <summary>A checkpoint has bad attestations; it is not followed, and the accusation removes it.</summary>
    /// <param name="Number">Its number.</param>
    /// <param name="Fault">What is wrong with them.</param>
    /// <param name="Accusation">What shows it to the contract.</param>
    public sealed record Invalid(ulong Number, AttestationFault Fault, Accusation Accusation) : FollowerEvent;

    /// <summary>A checkpoint has a quorum, but its blobs do not hold its data; it is not followed.</summary>
    /// <param name="Number">Its number.</param>
    /// <param name="Reason">What is wrong with the data.</param>
    public sealed record Unreadable(ulong Number, BlobRefusal Reason) : FollowerEvent;

    /// <summary>A quorum has signed what re-execution does not give: the committee is faulty, or this program is. It is not followed, and no honest prover proves it.</summary>
    /// <param name="Number">The checkpoint's number.</param>
    /// <param name="Chunk">Index of the chunk.</param>
    /// <param name="Reason">What differs.</param>
    public sealed record Diverged(ulong Number, int Chunk, string Reason) : FollowerEvent;

    /// <summary>A checkpoint stands on one that is not followed.</summary>
    /// <param name="Number">Its number.</param>
    public sealed record Skipped(ulong Number) : FollowerEvent;

    /// <summary>Checkpoints are not in the contract any more.</summary>
    /// <param name="Number">Number of the last one that stays.</param>
    public sealed record RolledBack(ulong Number) : FollowerEvent;

    /// <summary>Checkpoints are proven.</summary>
    /// <param name="Number">Number of the last one.</param>
    public sealed record Proven(ulong Number) : FollowerEvent;

    /// <summary>L1 blocks are final.</summary>
    /// <param name="Block">The newest.</param>
    /// <param name="Number">Number of the newest checkpoint in them that was followed.</param>
    public sealed record Finalized(L1BlockRef Block, ulong Number) : FollowerEvent;

    /// <summary>It cannot go on at present; it tries again.</summary>
    /// <param name="Message">Why, and what to do.</param>
    public sealed record Waiting(string Message) : FollowerEvent;
}
