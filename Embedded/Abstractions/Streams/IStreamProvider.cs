using Orleans.Runtime;

namespace Orleans.Streams;

/// <summary>Gives streams.</summary>
public interface IStreamProvider
{
    /// <summary>The provider's name.</summary>
    string Name { get; }

    /// <summary>Whether subscriptions may begin at an earlier event.</summary>
    bool IsRewindable { get; }

    /// <summary>A stream. It always exists.</summary>
    /// <typeparam name="T">The type of the events.</typeparam>
    /// <param name="streamId">The stream's identity.</param>
    /// <returns>The stream.</returns>
    IAsyncStream<T> GetStream<T>(StreamId streamId);
}
