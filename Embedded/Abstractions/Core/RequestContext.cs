using Cloud.Embedded.Runtime;

namespace Orleans.Runtime;

/// <summary>Values that travel with a call and with the calls that it makes. Changes made by the callee do not come back.</summary>
public static class RequestContext
{
    private const string ReentrancyKey = "#CCR";
    private static readonly AsyncLocal<Dictionary<string, object>?> Current = new();

    /// <summary>The call chain that may call back into grains that allowed it; empty if there is none.</summary>
    public static Guid ReentrancyId
    {
        get => Current.Value is { } values && values.TryGetValue(ReentrancyKey, out object? id) ? (Guid)id : Guid.Empty;
        set
        {
            if (value == Guid.Empty)
            {
                Remove(ReentrancyKey);
            }
            else
            {
                Set(ReentrancyKey, value);
            }
        }
    }

    /// <summary>The names of the values.</summary>
    public static IEnumerable<string> Keys => Current.Value?.Keys ?? Enumerable.Empty<string>();

    /// <summary>The values.</summary>
    public static IEnumerable<KeyValuePair<string, object>> Entries => Current.Value ?? Enumerable.Empty<KeyValuePair<string, object>>();

    /// <summary>The values as a whole. A dictionary here is never changed, only replaced.</summary>
    internal static Dictionary<string, object>? Values
    {
        get => Current.Value;
        set
        {
            if (!ReferenceEquals(Current.Value, value))
            {
                Current.Value = value;
            }
        }
    }

    /// <summary>Until the section is disposed, calls of this chain may come back into this grain although a request is running.</summary>
    /// <returns>The section.</returns>
    public static ReentrancySection AllowCallChainReentrancy()
    {
        Guid original = ReentrancyId;
        return new ReentrancySection(original, original == Guid.Empty ? RuntimeClient.NewGuidInContext() : original);
    }

    /// <summary>Until the section is disposed, calls made here do not belong to the chain.</summary>
    /// <returns>The section.</returns>
    public static ReentrancySection SuppressCallChainReentrancy() => new(ReentrancyId, Guid.Empty);

    /// <summary>Reads a value.</summary>
    /// <param name="key">The name.</param>
    /// <returns>The value, or null.</returns>
    public static object? Get(string key) => Current.Value is { } values && values.TryGetValue(key, out object? value) ? value : null;

    /// <summary>Sets a value.</summary>
    /// <param name="key">The name.</param>
    /// <param name="value">The value.</param>
    public static void Set(string key, object value)
    {
        Dictionary<string, object> values = Current.Value is { } old ? new Dictionary<string, object>(old) : [];
        values[key] = value;
        Current.Value = values;
    }

    /// <summary>Removes a value.</summary>
    /// <param name="key">The name.</param>
    /// <returns>Whether there was one.</returns>
    public static bool Remove(string key)
    {
        if (Current.Value is not { } old || !old.ContainsKey(key))
        {
            return false;
        }

        Dictionary<string, object>? values = null;
        if (old.Count > 1)
        {
            values = new Dictionary<string, object>(old);
            values.Remove(key);
        }

        Current.Value = values;
        return true;
    }

    /// <summary>Removes all values.</summary>
    public static void Clear() => Values = null;

    /// <summary>A section in which the call chain is another one; the old one comes back at its end.</summary>
    public readonly struct ReentrancySection : IDisposable
    {
        private readonly Guid _original;
        private readonly Guid _new;

        /// <summary>Enters the section.</summary>
        /// <param name="originalReentrancyId">The chain before.</param>
        /// <param name="newReentrancyId">The chain inside; empty for none.</param>
        public ReentrancySection(Guid originalReentrancyId, Guid newReentrancyId)
        {
            _original = originalReentrancyId;
            _new = newReentrancyId;
            if (_new != _original)
            {
                ReentrancyId = _new;
            }

            if (_new != Guid.Empty)
            {
                (WorkGroup.Current as Activation)?.EnterReentrantSection(_new);
            }
        }

        /// <summary>Leaves the section.</summary>
        public void Dispose()
        {
            if (_new != Guid.Empty)
            {
                (WorkGroup.Current as Activation)?.LeaveReentrantSection(_new);
            }

            if (_new != _original)
            {
                ReentrancyId = _original;
            }
        }
    }
}
