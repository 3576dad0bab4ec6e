namespace Cloud.Gateway.WebSockets;

/// <summary>What reading from a WebSocket can give.</summary>
internal enum MessageReadingKind
{
    /// <summary>A whole message.</summary>
    Message,

    /// <summary>The connection is closed.</summary>
    Closed,

    /// <summary>A message is longer than allowed.</summary>
    TooLarge,
}
