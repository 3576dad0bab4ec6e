using Cloud.Protocol.Messages;

namespace Cloud.Protocol.Signing;

/// <summary>For each kind of duty the first slot in which a key may still sign. Records of earlier slots may be forgotten; a watermark only ever rises.</summary>
/// <param name="Flashblocks">For flashblocks.</param>
/// <param name="Chunks">For chunk proposals.</param>
/// <param name="Checkpoints">For checkpoint proposals.</param>
/// <param name="ChunkAttestations">For attestations of chunks.</param>
/// <param name="CheckpointAttestations">For attestations of checkpoints.</param>
/// <param name="Publications">For publications of checkpoints.</param>
public readonly record struct SigningWatermarks(
    ulong Flashblocks, ulong Chunks, ulong Checkpoints, ulong ChunkAttestations, ulong CheckpointAttestations, ulong Publications = 0)
{
    /// <summary>The watermark of a kind of duty.</summary>
    /// <param name="kind">A kind whose messages are signed.</param>
    /// <returns>A slot number.</returns>
    public ulong Of(MessageKind kind) => kind switch
    {
        MessageKind.Flashblock => Flashblocks,
        MessageKind.ChunkProposal => Chunks,
        MessageKind.CheckpointProposal => Checkpoints,
        MessageKind.ChunkAttestation => ChunkAttestations,
        MessageKind.CheckpointAttestation => CheckpointAttestations,
        MessageKind.CheckpointPublication => Publications,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Messages of this kind are not signed."),
    };

    /// <summary>Raises all watermarks to a slot, as when what is older is forgotten.</summary>
    /// <param name="slot">The slot; lower than a watermark it does not change it.</param>
    /// <returns>The raised watermarks.</returns>
    public SigningWatermarks RaisedTo(ulong slot) => Max(new SigningWatermarks(slot, slot, slot, slot, slot, slot));

    /// <summary>The higher watermark of each kind.</summary>
    /// <param name="other">Other watermarks.</param>
    /// <returns>Nowhere lower than either.</returns>
    public SigningWatermarks Max(SigningWatermarks other) => new(
        Math.Max(Flashblocks, other.Flashblocks),
        Math.Max(Chunks, other.Chunks),
        Math.Max(Checkpoints, other.Checkpoints),
        Math.Max(ChunkAttestations, other.ChunkAttestations),
        Math.Max(CheckpointAttestations, other.CheckpointAttestations),
        Math.Max(Publications, other.Publications));
}
