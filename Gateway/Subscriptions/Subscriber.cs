using System.Text;
using Cloud.Execution.Blocks;
using Cloud.Gateway.JsonRpc;

namespace Cloud.Gateway.Subscriptions;

/// <summary>One subscription of one connection.</summary>
/// <param name="kind">What it follows.</param>
/// <param name="id">Its name.</param>
/// <param name="connection">Where it pushes.</param>
/// <param name="filter">Which logs, or transactions with such logs; null for all.</param>
/// <param name="isFull">Whether transactions are pushed in full.</param>
internal sealed class Subscriber(SubscriptionKind kind, string id, IPushConnection connection, LogFilter? filter, bool isFull)
{
    private readonly byte[] _head = Encoding.UTF8.GetBytes($"{{\"jsonrpc\":\"2.0\",\"method\":\"eth_subscription\",\"params\":{{\"subscription\":\"{id}\",\"result\":");

    /// <summary>What follows the result in a message.</summary>
    public static ReadOnlySpan<byte> Tail => "}}"u8;

    /// <summary>What it follows.</summary>
    public SubscriptionKind Kind => kind;

    /// <summary>Which logs, or transactions with such logs; null for all.</summary>
    public LogFilter? Filter => filter;

    /// <summary>Whether transactions are pushed in full.</summary>
    public bool IsFull => isFull;

    /// <summary>Pushes a result.</summary>
    /// <param name="body">The result and <see cref="Tail"/>.</param>
    public void Push(ReadOnlyMemory<byte> body) => connection.TryPush(_head, body);

    /// <summary>Fetches what a push needs from memory.</summary>
    /// <returns>Means nothing.</returns>
    public int Touch() => _head[0] + connection.Touch();

    /// <summary>Closes the connection.</summary>
    /// <param name="reason">For the client.</param>
    public void Close(string reason) => connection.Close(reason);
}
