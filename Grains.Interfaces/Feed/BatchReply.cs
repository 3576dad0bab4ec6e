using System.Collections.Immutable;

namespace Cloud.Grains.Interfaces.Feed;

/// <summary>What a grain did with a batch of attestations.</summary>
/// <param name="Replies">One for each attestation, in the batch's order.</param>
/// <param name="IsCertified">Whether there is a certificate now: then nothing has to be sent again.</param>
[GenerateSerializer]
[Immutable]
[Alias("BatchReply")]
public sealed record BatchReply([property: Id(0)] ImmutableArray<MessageReply> Replies, [property: Id(1)] bool IsCertified);
