using Cloud.Embedded.Runtime;

namespace Orleans.Runtime;

/// <summary>A reference to a grain or an observer: what grain interfaces are called through.</summary>
public class GrainReference : IAddressable, IEquatable<GrainReference>, ISpanFormattable
{
    internal GrainReference(GrainReferenceShared shared, GrainId grainId)
    {
        Shared = shared;
        GrainId = grainId;
    }

    /// <summary>The grain.</summary>
    public GrainId GrainId { get; }

    /// <summary>The interface.</summary>
    public GrainInterfaceType InterfaceType => Shared.InterfaceType;

    /// <summary>The interface's name.</summary>
    public virtual string InterfaceName => Shared.Interface?.Name ?? InterfaceType.ToString();

    internal GrainReferenceShared Shared { get; }

    /// <summary>Where the last request went; only a shortcut.</summary>
    internal Activation? LastActivation { get; set; }

    /// <summary>The same grain through another interface.</summary>
    /// <typeparam name="TGrainInterface">The interface.</typeparam>
    /// <returns>The reference.</returns>
    public virtual TGrainInterface Cast<TGrainInterface>()
        where TGrainInterface : IAddressable => (TGrainInterface)Cast(typeof(TGrainInterface));

    /// <summary>Whether both refer to the same grain.</summary>
    /// <param name="other">Another reference.</param>
    /// <returns>Whether they do.</returns>
    public bool Equals(GrainReference? other) => other is not null && GrainId == other.GrainId;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as GrainReference);

    /// <inheritdoc/>
    public override int GetHashCode() => GrainId.GetHashCode();

    /// <summary>A hash that is the same in every process.</summary>
    /// <returns>32 bits.</returns>
    public uint GetUniformHashCode() => GrainId.GetUniformHashCode();

    /// <summary>The grain and the interface.</summary>
    /// <returns>The text.</returns>
    public sealed override string ToString() => $"GrainReference:{GrainId}:{InterfaceType}";

    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => ToString();

    bool ISpanFormattable.TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        destination.TryWrite($"GrainReference:{GrainId}:{InterfaceType}", out charsWritten);

    internal object Cast(Type interfaceType) => interfaceType.IsInstanceOfType(this) ? this : Shared.Runtime.References.Create(GrainId, interfaceType);

    /// <summary>Whether both refer to the same grain.</summary>
    public static bool operator ==(GrainReference? reference1, GrainReference? reference2) => reference1?.Equals(reference2) ?? reference2 is null;

    /// <summary>Whether they refer to different grains.</summary>
    public static bool operator !=(GrainReference? reference1, GrainReference? reference2) => !(reference1 == reference2);
}
