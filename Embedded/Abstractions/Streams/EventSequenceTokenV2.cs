using Orleans.Streams;

namespace Orleans.Providers.Streams.Common;

/// <summary>The place of an event in a stream, by batch and index.</summary>
[GenerateSerializer]
public class EventSequenceTokenV2 : StreamSequenceToken
{
    /// <summary>The first place.</summary>
    public EventSequenceTokenV2()
    {
    }

    /// <summary>The start of a batch.</summary>
    /// <param name="seqNumber">The batch.</param>
    public EventSequenceTokenV2(long seqNumber)
        : this(seqNumber, 0)
    {
    }

    /// <summary>A place in a batch.</summary>
    /// <param name="seqNumber">The batch.</param>
    /// <param name="eventInd">The index.</param>
    public EventSequenceTokenV2(long seqNumber, int eventInd)
    {
        SequenceNumber = seqNumber;
        EventIndex = eventInd;
    }

    /// <inheritdoc/>
    [Id(0)]
    public override long SequenceNumber { get; protected set; }

    /// <inheritdoc/>
    [Id(1)]
    public override int EventIndex { get; protected set; }

    /// <inheritdoc/>
    public override bool Equals(StreamSequenceToken? other) => other is EventSequenceTokenV2 token && token.SequenceNumber == SequenceNumber && token.EventIndex == EventIndex;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as StreamSequenceToken);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(SequenceNumber, EventIndex);

    /// <inheritdoc/>
    public override int CompareTo(StreamSequenceToken? other)
    {
        if (other is null)
        {
            return 1;
        }

        int order = SequenceNumber.CompareTo(other.SequenceNumber);
        return order != 0 ? order : EventIndex.CompareTo(other.EventIndex);
    }

    /// <summary>Batch and index.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"[EventSequenceTokenV2: SeqNum={SequenceNumber}, EventIndex={EventIndex}]";
}
