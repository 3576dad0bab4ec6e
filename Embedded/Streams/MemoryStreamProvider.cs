using Cloud.Embedded.Runtime;
using Orleans.Runtime;
using Orleans.Streams;

namespace Cloud.Embedded.Streams;

internal sealed class MemoryStreamProvider(string name, RuntimeClient runtime) : IStreamProvider
{
    public string Name { get; } = name;

    public bool IsRewindable => true;

    public IAsyncStream<T> GetStream<T>(StreamId streamId) => new MemoryStream<T>(new StreamKey(Name, streamId), runtime);
}
