namespace Cloud.Protocol.Messages;

/// <summary>A message with one canonical encoding, which hashing, storage and streams share.</summary>
/// <remarks>
/// The encoding is canonical RLP: <c>[kind, version, [chainId, rollup], payload, ...]</c>. Whatever decodes encodes to the same bytes again, so equal messages have
/// equal encodings, and nobody can change the encoding of a signed message without changing its payload hash or its signature.
/// </remarks>
/// <typeparam name="TSelf">The message.</typeparam>
public interface IMessage<TSelf>
    where TSelf : IMessage<TSelf>
{
    /// <summary>The kind of message.</summary>
    static abstract MessageKind Kind { get; }

    /// <summary>Longest encoding that is accepted, in bytes.</summary>
    static abstract int MaxLength { get; }

    /// <summary>The rollup that the message belongs to.</summary>
    SigningContext Context { get; }

    /// <summary>Decodes a whole input. Total: never throws, and allocates at most a constant times the input's length.</summary>
    /// <param name="encoded">The encoding.</param>
    /// <returns>The message, or why it is refused.</returns>
    static abstract Decoded<TSelf> Decode(ReadOnlySpan<byte> encoded);

    /// <summary>The canonical encoding.</summary>
    /// <returns>An array of its own.</returns>
    byte[] Encode();
}
