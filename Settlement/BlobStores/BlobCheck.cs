using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Work;

namespace Cloud.Settlement.BlobStores;

/// <summary>Tells whether bytes are the blob that a versioned hash names (EIP-4844).</summary>
public static class BlobCheck
{
    /// <summary>Commits to the bytes and compares.</summary>
    /// <param name="content">Any bytes.</param>
    /// <param name="versionedHash">The hash on L1.</param>
    /// <returns>Whether they are the blob.</returns>
    public static bool Is(ReadOnlySpan<byte> content, in Hash256 versionedHash)
    {
        if (content.Length != Kzg.BlobLength)
        {
            return false;
        }

        Span<byte> commitment = stackalloc byte[Kzg.CommitmentLength];
        return Kzg.CommitToBlob(content, commitment) == KzgFault.None && Kzg.VersionedHash(commitment) == versionedHash;
    }

    /// <summary>As <see cref="Is"/>, in the background: it takes some hundredths of a second.</summary>
    /// <param name="content">Any bytes.</param>
    /// <param name="versionedHash">The hash on L1.</param>
    /// <param name="cancellationToken">Gives up before it has begun.</param>
    /// <returns>Whether they are the blob.</returns>
    public static Task<bool> IsAsync(Bytes content, Hash256 versionedHash, CancellationToken cancellationToken = default) =>
        BackgroundWork.RunAsync(() => Is(content.Span, versionedHash), cancellationToken);
}
