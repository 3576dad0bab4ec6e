using System.Diagnostics.CodeAnalysis;

namespace Cloud.Settlement.L1;

/// <summary>What L1 answered, or why it did not.</summary>
/// <typeparam name="T">The answer.</typeparam>
public abstract record L1Result<T>
{
    private L1Result()
    {
    }

    /// <summary>The answer is there.</summary>
    /// <param name="Value">The answer.</param>
    public sealed record Ok(T Value) : L1Result<T>;

    /// <summary>There is no answer.</summary>
    /// <param name="Failure">Why.</param>
    public sealed record Failed(L1Failure Failure) : L1Result<T>;

    /// <summary>Splits the result.</summary>
    /// <param name="value">The answer where the result is true.</param>
    /// <param name="failure">The failure where the result is false.</param>
    /// <returns>Whether there is an answer.</returns>
    public bool TryGet([MaybeNullWhen(false)] out T value, [NotNullWhen(false)] out L1Failure? failure)
    {
        if (this is Ok ok)
        {
            value = ok.Value;
            failure = null;
            return true;
        }

        value = default;
        failure = ((Failed)this).Failure;
        return false;
    }

    /// <summary>Turns the answer into another one.</summary>
    /// <typeparam name="TOther">The other answer.</typeparam>
    /// <param name="map">Called with the answer.</param>
    /// <returns>The other answer, or the same failure.</returns>
    public L1Result<TOther> Map<TOther>(Func<T, L1Result<TOther>> map)
    {
        ArgumentNullException.ThrowIfNull(map);
        return TryGet(out T? value, out L1Failure? failure) ? map(value) : new L1Result<TOther>.Failed(failure);
    }

    /// <summary>The answer, for callers that cannot go on without it.</summary>
    /// <returns>The answer.</returns>
    /// <exception cref="InvalidOperationException">There is none; the message is the failure's.</exception>
    public T Require() => TryGet(out T? value, out L1Failure? failure) ? value : throw new InvalidOperationException(failure.Message);
}
