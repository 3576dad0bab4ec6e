using System.Security.Cryptography;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Subscriptions;

/// <summary>The subscriptions of one connection, by the name that the client got for each. Safe for several threads.</summary>
/// <param name="limit">Most at once.</param>
internal sealed class SubscriptionSet(int limit) : IDisposable
{
    private const int IdBytes = 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, IDisposable?> _subscriptions = [];
    private bool _isClosed;

    /// <summary>Most at once.</summary>
    public int Limit => limit;

    /// <summary>Takes a place for a subscription.</summary>
    /// <returns>Its name, which nobody can guess; null where there is no place.</returns>
    public string? TryReserve()
    {
        lock (_gate)
        {
            if (_isClosed || _subscriptions.Count >= limit)
            {
                return null;
            }

            string id = Hex.Encode(RandomNumberGenerator.GetBytes(IdBytes));
            _subscriptions.Add(id, null);
            return id;
        }
    }

    /// <summary>Puts what ends a subscription into its place.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="subscription">Ends it when disposed; disposed at once where the connection has closed meanwhile.</param>
    public void Fill(string id, IDisposable subscription)
    {
        lock (_gate)
        {
            if (!_isClosed && _subscriptions.ContainsKey(id))
            {
                _subscriptions[id] = subscription;
                return;
            }
        }

        subscription.Dispose();
    }

    /// <summary>Ends a subscription.</summary>
    /// <param name="id">Its name.</param>
    /// <returns>False where there is none.</returns>
    public bool Remove(string id)
    {
        IDisposable? subscription;
        lock (_gate)
        {
            if (!_subscriptions.Remove(id, out subscription))
            {
                return false;
            }
        }

        subscription?.Dispose();
        return true;
    }

    /// <summary>Ends all of them.</summary>
    public void Dispose()
    {
        IDisposable?[] all;
        lock (_gate)
        {
            _isClosed = true;
            all = [.. _subscriptions.Values];
            _subscriptions.Clear();
        }

        foreach (IDisposable? subscription in all)
        {
            subscription?.Dispose();
        }
    }
}
