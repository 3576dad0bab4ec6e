using Orleans.Runtime;

namespace Orleans;

/// <summary>Identity and references of grains.</summary>
public static class GrainExtensions
{
    /// <summary>The grain as a reference to hand out; never hand out <c>this</c>.</summary>
    /// <typeparam name="TGrainInterface">The interface.</typeparam>
    /// <param name="grain">A grain or a reference.</param>
    /// <returns>The reference.</returns>
    public static TGrainInterface AsReference<TGrainInterface>(this IAddressable grain) => (TGrainInterface)AsReference(grain, typeof(TGrainInterface));

    /// <summary>The grain as a reference to hand out; never hand out <c>this</c>.</summary>
    /// <param name="grain">A grain or a reference.</param>
    /// <param name="interfaceType">The interface.</param>
    /// <returns>The reference.</returns>
    public static object AsReference(this IAddressable grain, Type interfaceType) => ReferenceTo(grain).Cast(interfaceType);

    /// <summary>The same grain through another interface.</summary>
    /// <typeparam name="TGrainInterface">The interface.</typeparam>
    /// <param name="grain">A grain or a reference.</param>
    /// <returns>The reference.</returns>
    public static TGrainInterface Cast<TGrainInterface>(this IAddressable grain) => (TGrainInterface)AsReference(grain, typeof(TGrainInterface));

    /// <summary>The same grain through another interface.</summary>
    /// <param name="grain">A grain or a reference.</param>
    /// <param name="interfaceType">The interface.</param>
    /// <returns>The reference.</returns>
    public static object Cast(this IAddressable grain, Type interfaceType) => AsReference(grain, interfaceType);

    /// <summary>The identity.</summary>
    /// <param name="grain">A grain or a reference.</param>
    /// <returns>The identity.</returns>
    /// <exception cref="ArgumentException">The object is neither.</exception>
    public static GrainId GetGrainId(this IAddressable grain) => grain switch
    {
        null => throw new ArgumentNullException(nameof(grain)),
        GrainReference reference => reference.GrainId,
        IGrainBase { GrainContext: { } context } => context.GrainId,
        _ => throw new ArgumentException($"{grain.GetType()} is neither a grain nor a reference to one.", nameof(grain)),
    };

    /// <summary>Whether the key is an integer.</summary>
    /// <param name="grain">A grain or a reference.</param>
    /// <returns>Whether it is.</returns>
    public static bool IsPrimaryKeyBasedOnLong(this IAddressable grain) => GetGrainId(grain).TryGetIntegerKey(out _, out _);

    /// <summary>The integer key.</summary>
    /// <param name="grain">A grain or a reference.</param>
    /// <returns>The key.</returns>
    /// <exception cref="InvalidOperationException">The key is no integer.</exception>
    public static long GetPrimaryKeyLong(this IAddressable grain) => GetPrimaryKeyLong(grain, out _);

    /// <summary>The integer key and its extension.</summary>
    /// <param name="grain">A grain or a reference.</param>
    /// <param name="keyExt">The extension, or null.</param>
    /// <returns>The key.</returns>
    /// <exception cref="InvalidOperationException">The key is no integer.</exception>
    public static long GetPrimaryKeyLong(this IAddressable grain, out string? keyExt)
    {
        GrainId id = GetGrainId(grain);
        return id.TryGetIntegerKey(out long key, out keyExt) ? key : throw new InvalidOperationException($"The key of {id} is not an integer.");
    }

    /// <summary>The GUID key.</summary>
    /// <param name="grain">A grain or a reference.</param>
    /// <returns>The key.</returns>
    /// <exception cref="InvalidOperationException">The key is no GUID.</exception>
    public static Guid GetPrimaryKey(this IAddressable grain) => GetPrimaryKey(grain, out _);

    /// <summary>The GUID key and its extension.</summary>
    /// <param name="grain">A grain or a reference.</param>
    /// <param name="keyExt">The extension, or null.</param>
    /// <returns>The key.</returns>
    /// <exception cref="InvalidOperationException">The key is no GUID.</exception>
    public static Guid GetPrimaryKey(this IAddressable grain, out string? keyExt)
    {
        GrainId id = GetGrainId(grain);
        if (id.TryGetGuidKey(out Guid key, out keyExt))
        {
            return key;
        }

        // An integer key reads as a GUID whose last eight bytes hold the integer.
        return id.TryGetIntegerKey(out long number, out keyExt)
            ? new Guid(0, 0, 0, BitConverter.GetBytes(number))
            : throw new InvalidOperationException($"The key of {id} is not a GUID.");
    }

    /// <summary>The text key.</summary>
    /// <param name="grain">A grain or a reference.</param>
    /// <returns>The key.</returns>
    public static string GetPrimaryKeyString(this IAddressable grain) => GetGrainId(grain).Key.ToString();

    private static GrainReference ReferenceTo(IAddressable grain) => grain switch
    {
        null => throw new ArgumentNullException(nameof(grain)),
        GrainReference reference => reference,
        IGrainBase { GrainContext: { } context } => context.GrainReference,
        _ => throw new ArgumentException($"{grain.GetType()} is neither a grain nor a reference to one.", nameof(grain)),
    };
}
