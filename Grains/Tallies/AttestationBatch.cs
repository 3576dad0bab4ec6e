using System.Collections.Immutable;
using Cloud.Grains.Hosting;
using Cloud.Grains.Interfaces.Feed;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Validation;
using Cloud.Replica.Work;

namespace Cloud.Grains.Tallies;

/// <summary>What both tallies do with a silo's batch of attestations before they count it.</summary>
internal static class AttestationBatch
{
    /// <summary>The refusal of a batch that is none or has more than <see cref="FeedLimits.MaxAttestations"/>; null where it may be counted.</summary>
    internal static BatchReply? Refusal<T>(ImmutableArray<T> batch) => batch.IsDefault || batch.Length > FeedLimits.MaxAttestations
        ? Replies.All(0, new MessageReply(MessageOutcome.TooLarge, $"A batch has at most {FeedLimits.MaxAttestations} attestations."))
        : null;

    /// <summary>Applies the validation rules to each, beside the grain's turns.</summary>
    internal static Task<Validated<T>[]> ValidateAsync<T>(IWorkRunner work, ImmutableArray<T> batch, Func<T, Validity> validate) => work.Run(() =>
    {
        Validated<T>[] validated = new Validated<T>[batch.Length];
        for (int i = 0; i < validated.Length; i++)
        {
            validated[i] = new(batch[i], validate(batch[i]));
        }

        return validated;
    });
}
