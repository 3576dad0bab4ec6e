using System.Collections.Immutable;
using Cloud.Embedded.Serialization;
using Orleans.Providers.Streams.Common;
using Orleans.Streams;

namespace Cloud.Embedded.Streams;

/// <summary>Events that were published together.</summary>
internal abstract class StreamEvents(long sequence)
{
    /// <summary>Place of the first event.</summary>
    public EventSequenceTokenV2 Token { get; } = new(sequence);

    /// <summary>How many events.</summary>
    public abstract int Count { get; }

    /// <summary>Subscriptions that have not got it yet; touched in turns of the queue only.</summary>
    public int Pending { get; set; }

    public Dictionary<string, object>? Context { get; init; }
}

/// <summary>Events of a type.</summary>
internal sealed class StreamEvents<T>(long sequence, ImmutableArray<T> items) : StreamEvents(sequence)
{
    public override int Count => items.Length;

    /// <summary>The events with their places; each subscriber gets copies of those that could change.</summary>
    public List<SequentialItem<T>> Items(CodecTable codecs)
    {
        List<SequentialItem<T>> result = new(items.Length);
        for (int i = 0; i < items.Length; i++)
        {
            result.Add(new SequentialItem<T>(codecs.Copy(items[i]), new EventSequenceTokenV2(Token.SequenceNumber, i)));
        }

        return result;
    }
}
