using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Status;

/// <summary>An event of the status API. Its document is written when the first reader wants it.</summary>
internal sealed class LoggedEvent
{
    private object? _document;
    private byte[]? _data;

    /// <summary>Makes an event.</summary>
    /// <param name="sequence">Its place; null for a control event.</param>
    /// <param name="name">Its name.</param>
    /// <param name="document">Its document.</param>
    /// <param name="transaction">The transaction that it is about; null for all other events.</param>
    public LoggedEvent(long? sequence, string name, object document, Hash256? transaction = null)
    {
        Sequence = sequence;
        Name = name;
        _document = document;
        Transaction = transaction;
    }

    public long? Sequence { get; }

    public string Name { get; }

    public Hash256? Transaction { get; }

    /// <summary>JSON on one line.</summary>
    public byte[] Data
    {
        get
        {
            if (Volatile.Read(ref _data) is { } written)
            {
                return written;
            }

            if (Volatile.Read(ref _document) is { } document)
            {
                Volatile.Write(ref _data, StatusJson.Write(document is Func<object> make ? make() : document));
                Volatile.Write(ref _document, null);
            }

            return Volatile.Read(ref _data)!;
        }
    }
}
