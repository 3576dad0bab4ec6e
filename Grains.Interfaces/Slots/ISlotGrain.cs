using System.Collections.Immutable;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Protocol.Messages;
using Orleans.Concurrency;

namespace Cloud.Grains.Interfaces.Slots;

/// <summary>One slot: announces its chunks to the silos, and tallies its checkpoint. Keyed by the slot's number.</summary>
[Alias("ISlotGrain")]
public interface ISlotGrain : IGrainWithIntegerKey
{
    /// <summary>A silo takes part in the slot. Repeated, it renews that and shows what was missed.</summary>
    /// <param name="silo">Name of the silo, the same after a restart.</param>
    /// <param name="feed">Where announcements go.</param>
    /// <returns>What the slot has so far; null where the key is no slot that can be entered now.</returns>
    [Alias("Enter")]
    Task<SlotView?> Enter(string silo, ISiloFeed feed);

    /// <summary>A chunk was accepted by its grain: announce it.</summary>
    /// <param name="notice">The chunk.</param>
    /// <returns>When the announcements are on their way.</returns>
    [Alias("Announce")]
    [AlwaysInterleave]
    Task Announce([Immutable] ChunkNotice notice);

    /// <summary>A chunk's grain has its certificate: announce it.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <returns>When the announcements are on their way.</returns>
    [Alias("Certified")]
    [AlwaysInterleave]
    Task Certified([Immutable] ChunkCertificate certificate);

    /// <summary>The slot's checkpoint, with the last chunk where it was held.</summary>
    /// <param name="proposal">The proposal.</param>
    /// <returns>What was done.</returns>
    [Alias("Propose")]
    Task<MessageReply> Propose([Immutable] CheckpointProposal proposal);

    /// <summary>Attestations of the checkpoint, such as one silo sends for its validators.</summary>
    /// <param name="batch">At most <see cref="FeedLimits.MaxAttestations"/>.</param>
    /// <returns>What was done with each.</returns>
    [Alias("Attest")]
    Task<BatchReply> Attest([Immutable] ImmutableArray<CheckpointAttestation> batch);

    /// <summary>What the slot has.</summary>
    /// <returns>Null where the key is no slot that anything can be known of now.</returns>
    [Alias("View")]
    [AlwaysInterleave]
    [ReadOnly]
    Task<SlotView?> View();
}
