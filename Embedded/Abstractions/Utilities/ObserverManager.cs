using System.Collections;
using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Orleans.Utilities;

/// <summary>The observers of a grain, by reference.</summary>
/// <typeparam name="TObserver">The observer interface.</typeparam>
/// <param name="expiration">How long an observer stays without subscribing again.</param>
/// <param name="log">Not used here.</param>
public class ObserverManager<TObserver>(TimeSpan expiration, ILogger log) : ObserverManager<IAddressable, TObserver>(expiration, log);

/// <summary>The observers of a grain, by an identity of the grain's choice. One that fails is dropped at its first failure.</summary>
/// <typeparam name="TIdentity">The type of the identity.</typeparam>
/// <typeparam name="TObserver">The observer interface.</typeparam>
public class ObserverManager<TIdentity, TObserver> : IEnumerable<TObserver>
    where TIdentity : notnull
{
    private readonly ConcurrentDictionary<TIdentity, Entry> _observers = new();

    /// <summary>Creates an empty set.</summary>
    /// <param name="expiration">How long an observer stays without subscribing again.</param>
    /// <param name="log">Not used here.</param>
    public ObserverManager(TimeSpan expiration, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(log);
        ExpirationDuration = expiration;
    }

    /// <summary>The clock, UTC.</summary>
    public Func<DateTime> GetDateTime { get; set; } = static () => DateTime.UtcNow;

    /// <summary>How long an observer stays without subscribing again.</summary>
    public TimeSpan ExpirationDuration { get; set; }

    /// <summary>How many observers there are, expired ones that nobody met yet included.</summary>
    public int Count => _observers.Count;

    /// <summary>The observers, in the order in which they came.</summary>
    public IReadOnlyDictionary<TIdentity, TObserver> Observers
    {
        get
        {
            OrderedDictionary<TIdentity, TObserver> observers = [];
            foreach ((TIdentity id, Entry entry) in InOrder())
            {
                observers.Add(id, entry.Observer);
            }

            return observers;
        }
    }

    /// <summary>Removes all.</summary>
    public void Clear() => _observers.Clear();

    /// <summary>Adds an observer, or renews it.</summary>
    /// <param name="id">Its identity.</param>
    /// <param name="observer">The observer.</param>
    public void Subscribe(TIdentity id, TObserver observer)
    {
        long order = _observers.TryGetValue(id, out Entry? old) ? old.Order : Interlocked.Increment(ref Entry.Orders);
        _observers[id] = new Entry(observer, GetDateTime(), order);
    }

    /// <summary>Removes an observer.</summary>
    /// <param name="id">Its identity.</param>
    public void Unsubscribe(TIdentity id) => _observers.TryRemove(id, out _);

    /// <summary>Calls the observers one after the other.</summary>
    /// <param name="notification">The call.</param>
    /// <param name="predicate">Which of them; null for all.</param>
    /// <returns>The work.</returns>
    public async Task Notify(Func<TObserver, Task> notification, Func<TObserver, bool>? predicate = null)
    {
        DateTime now = GetDateTime();
        foreach ((TIdentity id, Entry entry) in InOrder())
        {
            if (!IsDue(id, entry, now, predicate))
            {
                continue;
            }

            try
            {
                await notification(entry.Observer);
            }
            catch (Exception)
            {
                Unsubscribe(id);
            }
        }
    }

    /// <summary>Calls the observers one after the other.</summary>
    /// <param name="notification">The call.</param>
    /// <param name="predicate">Which of them; null for all.</param>
    public void Notify(Action<TObserver> notification, Func<TObserver, bool>? predicate = null)
    {
        DateTime now = GetDateTime();
        foreach ((TIdentity id, Entry entry) in InOrder())
        {
            if (!IsDue(id, entry, now, predicate))
            {
                continue;
            }

            try
            {
                notification(entry.Observer);
            }
            catch (Exception)
            {
                Unsubscribe(id);
            }
        }
    }

    /// <summary>Removes the expired ones.</summary>
    public void ClearExpired()
    {
        DateTime now = GetDateTime();
        foreach ((TIdentity id, Entry entry) in InOrder())
        {
            _ = IsDue(id, entry, now, null);
        }
    }

    /// <summary>The observers, in the order in which they came.</summary>
    /// <returns>An enumerator.</returns>
    public IEnumerator<TObserver> GetEnumerator() => InOrder().ConvertAll(static pair => pair.Value.Observer).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private bool IsDue(TIdentity id, Entry entry, DateTime now, Func<TObserver, bool>? predicate)
    {
        if (entry.LastSeen + ExpirationDuration < now)
        {
            Unsubscribe(id);
            return false;
        }

        return predicate is null || predicate(entry.Observer);
    }

    private List<KeyValuePair<TIdentity, Entry>> InOrder()
    {
        List<KeyValuePair<TIdentity, Entry>> entries = [.. _observers];
        entries.Sort(static (left, right) => left.Value.Order.CompareTo(right.Value.Order));
        return entries;
    }

    private sealed record Entry(TObserver Observer, DateTime LastSeen, long Order)
    {
        public static long Orders;
    }
}
