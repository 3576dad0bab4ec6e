using System.Collections.Immutable;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Blobs;
using Cloud.Settlement.L1Events;

namespace Cloud.Settlement.Publishing;

/// <summary>Makes blobs of a certified checkpoint. Pure and deterministic: the same checkpoint with the same certificate gives the same blobs.</summary>
public static class CheckpointPacker
{
    /// <summary>Packs a checkpoint.</summary>
    /// <param name="publication">The checkpoint, with its certificate and its chunks' bodies.</param>
    /// <returns>1 to 6 blobs; or why there are none.</returns>
    public static BlobResult<ImmutableArray<Bytes>> Pack(CheckpointPublication publication)
    {
        ArgumentNullException.ThrowIfNull(publication);
        if (publication.Certificate is null)
        {
            return Refuse("a quorum's certificate is there");
        }

        ImmutableArray<ChunkData>.Builder chunks = ImmutableArray.CreateBuilder<ChunkData>(publication.Chunks.Length);
        foreach (ChunkProposal chunk in publication.Chunks)
        {
            if (chunk.Bodies is not { } bodies)
            {
                return Refuse("each chunk's transactions are there");
            }

            chunks.Add(new ChunkData(chunk.Header, bodies));
        }

        CheckpointData data = new(publication.Header, chunks.MoveToImmutable());
        return data.Check() is { } reason
            ? new BlobResult<ImmutableArray<Bytes>>.Refused(reason)
            : data.ToFrame(BlobAttestations.From(publication.Certificate)).Encode();
    }

    private static BlobResult<ImmutableArray<Bytes>>.Refused Refuse(string rule) => new(new BlobRefusal.Inconsistent(rule));
}
