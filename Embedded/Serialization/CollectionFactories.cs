using System.Collections.Immutable;
using System.Collections.ObjectModel;

namespace Cloud.Embedded.Serialization;

/// <summary>Makes collections of decoded elements.</summary>
internal static class CollectionFactories
{
    public static HashSet<T> HashSet<T>(List<T> items) => [.. items];

    public static SortedSet<T> SortedSet<T>(List<T> items) => [.. items];

    public static Queue<T> Queue<T>(List<T> items) => new(items);

    public static Stack<T> Stack<T>(List<T> items)
    {
        items.Reverse();
        return new Stack<T>(items);
    }

    public static ImmutableList<T> ImmutableList<T>(List<T> items) => [.. items];

    public static ImmutableHashSet<T> ImmutableHashSet<T>(List<T> items) => [.. items];

    public static ReadOnlyCollection<T> ReadOnlyCollection<T>(List<T> items) => new(items);

    public static Dictionary<TKey, TValue> Dictionary<TKey, TValue>(List<KeyValuePair<TKey, TValue>> items)
        where TKey : notnull => new(items);

    public static SortedDictionary<TKey, TValue> SortedDictionary<TKey, TValue>(List<KeyValuePair<TKey, TValue>> items)
        where TKey : notnull => new(new Dictionary<TKey, TValue>(items));

    public static ImmutableDictionary<TKey, TValue> ImmutableDictionary<TKey, TValue>(List<KeyValuePair<TKey, TValue>> items)
        where TKey : notnull => System.Collections.Immutable.ImmutableDictionary.CreateRange(items);

    public static ImmutableSortedDictionary<TKey, TValue> ImmutableSortedDictionary<TKey, TValue>(List<KeyValuePair<TKey, TValue>> items)
        where TKey : notnull => System.Collections.Immutable.ImmutableSortedDictionary.CreateRange(items);
}
