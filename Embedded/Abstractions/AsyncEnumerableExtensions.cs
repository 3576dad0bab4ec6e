using Cloud.Embedded.Runtime;

namespace Orleans.Runtime;

/// <summary>Options of a grain method that returns an <see cref="IAsyncEnumerable{T}"/>.</summary>
public static class AsyncEnumerableExtensions
{
    /// <summary>Sets how many elements travel in one response.</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="self">What the grain method returned; other sequences are left alone.</param>
    /// <param name="maxBatchSize">At least 1; the default is 100.</param>
    /// <returns>The same sequence.</returns>
    public static IAsyncEnumerable<T> WithBatchSize<T>(this IAsyncEnumerable<T> self, int maxBatchSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBatchSize, 1);
        if (self is AsyncEnumerableCall<T> call)
        {
            call.MaxBatchSize = maxBatchSize;
        }

        return self;
    }
}
