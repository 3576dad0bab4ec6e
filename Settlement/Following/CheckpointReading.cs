using Cloud.Protocol.Messages;
using Cloud.Settlement.Blobs;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.L1Events;

namespace Cloud.Settlement.Following;

/// <summary>What L1 and blobs tell of a posted checkpoint.</summary>
public abstract record CheckpointReading
{
    private CheckpointReading()
    {
    }

    /// <summary>A quorum has signed it, and its data is understood and fits its header.</summary>
    /// <param name="Data">The data.</param>
    public sealed record Readable(CheckpointData Data) : CheckpointReading;

    /// <summary>Its attestations are bad: anyone may remove it with the accusation.</summary>
    /// <param name="Fault">What is wrong with them.</param>
    /// <param name="Accusation">What shows it to the contract.</param>
    /// <param name="Header">Its header from the calldata; null where it is not found there.</param>
    public sealed record Invalid(AttestationFault Fault, Accusation Accusation, CheckpointHeader? Header) : CheckpointReading
    {
        /// <summary>The same as a verdict.</summary>
        public AttestationVerdict Verdict => Fault is AttestationFault.TooFew ? AttestationVerdict.Insufficient : AttestationVerdict.Incorrect;
    }

    /// <summary>A quorum has signed it, but its blobs do not hold its data: it can never be proven and goes with the prune.</summary>
    /// <param name="Reason">What is wrong with the data.</param>
    /// <param name="Header">Its header from the calldata; null where it is not found there.</param>
    public sealed record Unreadable(BlobRefusal Reason, CheckpointHeader? Header) : CheckpointReading;

    /// <summary>Not known at present: L1 or the blobs did not answer.</summary>
    /// <param name="Message">Why, and what to do.</param>
    public sealed record Unavailable(string Message) : CheckpointReading;
}
