namespace Cloud.Protocol.Messages;

/// <summary>What decoding gives. Every input gives one of the two, without an exception.</summary>
/// <typeparam name="T">The message.</typeparam>
public abstract record Decoded<T>
{
    private Decoded()
    {
    }

    /// <summary>The input is the canonical encoding of a message.</summary>
    /// <param name="Value">The message.</param>
    public sealed record Ok(T Value) : Decoded<T>;

    /// <summary>The input is refused.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Refused(DecodeRefusal Reason) : Decoded<T>;
}
