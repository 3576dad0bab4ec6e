using System.Collections.Immutable;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Signing;

/// <summary>What the validator keys of a rollup signed, as it is exported and imported.</summary>
/// <param name="Context">The rollup.</param>
/// <param name="Validators">One history a key, ordered by address, none twice.</param>
public sealed record SigningHistory(SigningContext Context, ImmutableArray<ValidatorHistory> Validators)
{
    /// <summary>Puts records in order: by key and position, those below a watermark left out, and positions with two roots left without one.</summary>
    /// <param name="context">The rollup.</param>
    /// <param name="validators">Histories in any order, also several of one key.</param>
    /// <returns>A history that holds all of them.</returns>
    public static SigningHistory Of(SigningContext context, IEnumerable<ValidatorHistory> validators) =>
        new(context, [.. validators.GroupBy(v => v.Validator).OrderBy(group => group.Key).Select(group => Join(group.Key, group, []))]);

    /// <summary>Adds another history, such as an import.</summary>
    /// <param name="other">The other history.</param>
    /// <returns>The union, or why it is refused.</returns>
    public SigningMerge Merge(SigningHistory other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Context != Context)
        {
            return new SigningMerge.Refused(new InterchangeRefusal.OtherRollup(other.Context, Context));
        }

        List<SigningConflict> conflicts = [];
        ImmutableArray<ValidatorHistory> joined =
        [
            .. Validators.Concat(other.Validators).GroupBy(v => v.Validator).OrderBy(group => group.Key).Select(group => Join(group.Key, group, conflicts)),
        ];
        return new SigningMerge.Merged(new SigningHistory(Context, joined), [.. conflicts]);
    }

    /// <inheritdoc/>
    public bool Equals(SigningHistory? other) =>
        other is not null && Context == other.Context && Validators.AsSpan().SequenceEqual(other.Validators.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Context, Validators.Length);

    private static ValidatorHistory Join(Address validator, IEnumerable<ValidatorHistory> histories, List<SigningConflict> conflicts)
    {
        SigningWatermarks watermarks = default;
        SortedDictionary<Duty, Hash256?> signed = [];
        foreach (ValidatorHistory history in histories)
        {
            watermarks = watermarks.Max(history.Watermarks);
            foreach ((Duty duty, Hash256? root) in history.Signed)
            {
                if (!signed.TryAdd(duty, root) && signed[duty] != root)
                {
                    conflicts.Add(new SigningConflict(validator, duty, signed[duty], root));
                    signed[duty] = null;
                }
            }
        }

        return new ValidatorHistory(
            validator,
            watermarks,
            [.. signed.Where(pair => pair.Key.Slot >= watermarks.Of(pair.Key.Kind)).Select(pair => new SignedDuty(pair.Key, pair.Value))]);
    }
}
