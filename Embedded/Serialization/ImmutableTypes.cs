using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Cloud.Embedded.Serialization;

/// <summary>
/// Which values caller and callee may share: those that nobody can change, by what their type is or by what <see cref="ImmutableAttribute"/> promises.
/// </summary>
internal static class ImmutableTypes
{
    private static readonly ConcurrentDictionary<Type, bool> Known = new();

    private static readonly HashSet<Type> Plain =
    [
        typeof(string), typeof(Uri), typeof(Version), typeof(Type), typeof(IPAddress), typeof(BigInteger), typeof(IdSpan), typeof(GrainType), typeof(GrainInterfaceType),
        typeof(GrainId), typeof(SiloAddress),
    ];

    private static readonly HashSet<Type> Collections =
    [
        typeof(ImmutableArray<>), typeof(ImmutableList<>), typeof(ImmutableHashSet<>), typeof(ImmutableDictionary<,>), typeof(ImmutableSortedDictionary<,>),
    ];

    /// <summary>Whether a value may be shared.</summary>
    /// <typeparam name="T">Its static type.</typeparam>
    /// <param name="value">Not null.</param>
    public static bool MayShare<T>(T value) =>
        !RuntimeHelpers.IsReferenceOrContainsReferences<T>() || IsImmutable(typeof(T).IsValueType ? typeof(T) : value!.GetType());

    /// <summary>Whether no value of exactly this type can change.</summary>
    private static bool IsImmutable(Type type) => Known.TryGetValue(type, out bool known) ? known : Known.GetOrAdd(type, Decide(type));

    private static bool Decide(Type type)
    {
        if (type.IsPrimitive || type.IsEnum || Plain.Contains(type) || typeof(GrainReference).IsAssignableFrom(type) || typeof(Type).IsAssignableFrom(type)
            || type.IsDefined(typeof(ImmutableAttribute), false))
        {
            return true;
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() is { } definition)
        {
            if (definition == typeof(Immutable<>))
            {
                return true;
            }

            if (Collections.Contains(definition))
            {
                return Array.TrueForAll(type.GetGenericArguments(), HoldsImmutable);
            }
        }

        // A struct is copied as it is passed; only what it refers to could be shared.
        return type.IsValueType
            && Array.TrueForAll(type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic), field => HoldsImmutable(field.FieldType));
    }

    /// <summary>Whether a variable of this type can hold nothing but immutable values.</summary>
    private static bool HoldsImmutable(Type type) =>
        typeof(IAddressable).IsAssignableFrom(type) || ((type.IsSealed || Plain.Contains(type)) && IsImmutable(type));
}
