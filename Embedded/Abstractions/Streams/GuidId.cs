namespace Orleans.Runtime;

/// <summary>A GUID as an identity.</summary>
public sealed class GuidId : IEquatable<GuidId>
{
    /// <summary>The GUID.</summary>
    public readonly Guid Guid;

    private GuidId(Guid guid) => Guid = guid;

    /// <summary>Wraps a GUID.</summary>
    /// <param name="guid">The GUID.</param>
    /// <returns>The identity.</returns>
    public static GuidId GetGuidId(Guid guid) => new(guid);

    /// <inheritdoc/>
    public bool Equals(GuidId? other) => other is not null && Guid == other.Guid;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as GuidId);

    /// <inheritdoc/>
    public override int GetHashCode() => Guid.GetHashCode();

    /// <summary>The GUID.</summary>
    /// <returns>32 hex digits.</returns>
    public override string ToString() => Guid.ToString("N");
}
