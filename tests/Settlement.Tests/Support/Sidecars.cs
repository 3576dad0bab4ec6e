using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Blobs;
using Cloud.Settlement.Transactions;

namespace Cloud.Settlement.Tests.Support;

/// <summary>Blobs with proofs, computed once: for tests that do not care what is in them.</summary>
internal static class Sidecars
{
    private static readonly Lazy<BlobSidecar> LazyOne = new(() => Of(Filled(1)));
    private static readonly Lazy<BlobSidecar> LazyThree = new(() => Of(Filled(2), Filled(3), Filled(4)));

    public static BlobSidecar One => LazyOne.Value;

    public static BlobSidecar Three => LazyThree.Value;

    public static BlobSidecar Of(params Bytes[] blobs) => BlobSidecarBuilder.Build(blobs);

    /// <summary>A frame with the attestations and a short body.</summary>
    public static BlobSidecar With(BlobAttestations attestations)
    {
        BlobFrame frame = new(attestations, new byte[] { 1, 2, 3 }, 3, BodyCompression.None);
        return BlobSidecarBuilder.Build(Assert.IsType<BlobResult<ImmutableArray<Bytes>>.Ok>(frame.Encode()).Value);
    }

    private static Bytes Filled(byte value)
    {
        byte[] blob = new byte[Kzg.BlobLength];
        blob[1] = value;
        blob[2] = (byte)AttestationKind.Executed;
        return blob;
    }
}
