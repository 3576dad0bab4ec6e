namespace Cloud.Gateway.WebSockets;

/// <summary>What reading from a WebSocket gives.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Message">The message, where it is one.</param>
internal readonly record struct MessageReading(MessageReadingKind Kind, ReadOnlyMemory<byte> Message)
{
    /// <summary>The connection is closed.</summary>
    public static MessageReading Closed { get; } = new(MessageReadingKind.Closed, default);

    /// <summary>A message is longer than allowed.</summary>
    public static MessageReading TooLarge { get; } = new(MessageReadingKind.TooLarge, default);
}
