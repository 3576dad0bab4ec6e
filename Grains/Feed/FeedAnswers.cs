using System.Collections.Immutable;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Protocol.Primitives;

namespace Cloud.Grains.Feed;

/// <summary>Answers to pulls, within their bounds.</summary>
internal static class FeedAnswers
{
    internal static ImmutableArray<byte[]> Bodies(ImmutableArray<Hash256> hashes, Func<Hash256, Bytes> find)
    {
        int count = Math.Min(hashes.Length, FeedLimits.MaxBodies);
        ImmutableArray<byte[]>.Builder bodies = ImmutableArray.CreateBuilder<byte[]>(count);
        long bytes = 0;
        for (int i = 0; i < count; i++)
        {
            Bytes body = find(hashes[i]);
            bytes += body.Length;
            bodies.Add(bytes > FeedLimits.MaxBodyBytes && i > 0 ? [] : body.ToArray());
        }

        return bodies.ToImmutable();
    }
}
