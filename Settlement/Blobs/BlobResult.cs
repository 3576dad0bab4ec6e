using System.Diagnostics.CodeAnalysis;

namespace Cloud.Settlement.Blobs;

/// <summary>What blobs hold, or why they hold nothing that is understood.</summary>
/// <typeparam name="T">What they hold.</typeparam>
public abstract record BlobResult<T>
{
    private BlobResult()
    {
    }

    /// <summary>Understood.</summary>
    /// <param name="Value">What they hold.</param>
    public sealed record Ok(T Value) : BlobResult<T>;

    /// <summary>Refused.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Refused(BlobRefusal Reason) : BlobResult<T>;

    /// <summary>Splits the result.</summary>
    /// <param name="value">What they hold where the result is true.</param>
    /// <param name="reason">Why they are refused where it is false.</param>
    /// <returns>Whether they are understood.</returns>
    public bool TryGet([MaybeNullWhen(false)] out T value, [NotNullWhen(false)] out BlobRefusal? reason)
    {
        if (this is Ok ok)
        {
            value = ok.Value;
            reason = null;
            return true;
        }

        value = default;
        reason = ((Refused)this).Reason;
        return false;
    }
}
