namespace Cloud.Gateway.JsonRpc;

/// <summary>A connection that messages can be pushed on.</summary>
internal interface IPushConnection
{
    /// <summary>Queues a message. Never waits: where the queue is full the connection is closed, and the client told why.</summary>
    /// <param name="message">JSON text. Shared between connections: nobody writes to it.</param>
    /// <returns>False where the connection is closed or closing.</returns>
    bool TryPush(ReadOnlyMemory<byte> message);

    /// <summary>Queues a message of two parts.</summary>
    /// <param name="head">The first part.</param>
    /// <param name="body">The rest. Shared between connections: nobody writes to it.</param>
    /// <returns>False where the connection is closed or closing.</returns>
    bool TryPush(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body);

    /// <summary>Fetches what a push needs from memory. Of several connections one after the other this takes hardly longer than of one, if nothing else is done in between.</summary>
    /// <returns>Means nothing; without it the reading could be left out.</returns>
    int Touch();

    /// <summary>Closes the connection after what is queued was sent.</summary>
    /// <param name="reason">For the client.</param>
    void Close(string reason);

    /// <summary>Completes when the connection is closed.</summary>
    CancellationToken Closed { get; }

    /// <summary>Subscriptions of the connection.</summary>
    Subscriptions.SubscriptionSet Subscriptions { get; }
}
