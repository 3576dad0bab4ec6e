namespace Cloud.Storage.Lmdb;

/// <summary>A named database of an <see cref="LmdbEnvironment"/>: sorted keys of 1 to 511 bytes, each with one value.</summary>
public readonly struct LmdbDatabase : IEquatable<LmdbDatabase>
{
    /// <summary>Longest key in bytes.</summary>
    public const int MaxKeyLength = 511;

    internal LmdbDatabase(uint handle) => Handle = handle;

    internal uint Handle { get; }

    /// <inheritdoc/>
    public bool Equals(LmdbDatabase other) => Handle == other.Handle;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is LmdbDatabase other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Handle;

    /// <summary>Whether both are the same database.</summary>
    public static bool operator ==(LmdbDatabase left, LmdbDatabase right) => left.Equals(right);

    /// <summary>Whether they are different databases.</summary>
    public static bool operator !=(LmdbDatabase left, LmdbDatabase right) => !left.Equals(right);
}
