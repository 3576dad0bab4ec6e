using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Orleans.Runtime;

/// <summary>How integer and GUID keys are written into a <see cref="GrainId"/>: upper-case hex or 32 hex digits, then '+' and the extension if there is one.</summary>
public static class GrainIdKeyExtensions
{
    /// <summary>Writes an integer key.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The encoded key.</returns>
    public static IdSpan CreateIntegerKey(long key) => IdSpan.Create(key.ToString("X", null));

    /// <summary>Writes an integer key with an extension.</summary>
    /// <param name="key">The key.</param>
    /// <param name="keyExtension">The extension, or null.</param>
    /// <returns>The encoded key.</returns>
    public static IdSpan CreateIntegerKey(long key, string? keyExtension) =>
        string.IsNullOrWhiteSpace(keyExtension) ? CreateIntegerKey(key) : IdSpan.Create($"{key:X}+{keyExtension}");

    /// <summary>Writes a GUID key.</summary>
    /// <param name="key">The key.</param>
    /// <returns>The encoded key.</returns>
    public static IdSpan CreateGuidKey(Guid key) => IdSpan.Create(key.ToString("N"));

    /// <summary>Writes a GUID key with an extension.</summary>
    /// <param name="key">The key.</param>
    /// <param name="keyExtension">The extension, or null.</param>
    /// <returns>The encoded key.</returns>
    public static IdSpan CreateGuidKey(Guid key, string? keyExtension) =>
        string.IsNullOrWhiteSpace(keyExtension) ? CreateGuidKey(key) : IdSpan.Create($"{key:N}+{keyExtension}");

    /// <summary>Reads an integer key.</summary>
    /// <param name="grainId">The identity.</param>
    /// <param name="key">The key.</param>
    /// <param name="keyExt">The extension, or null.</param>
    /// <returns>Whether the key is an integer.</returns>
    public static bool TryGetIntegerKey(this GrainId grainId, out long key, [NotNullWhen(true)] out string? keyExt)
    {
        ReadOnlySpan<byte> bytes = grainId.Key.AsSpan();
        keyExt = null;
        if (bytes.IndexOf((byte)'+') is int index && index >= 0)
        {
            keyExt = Encoding.UTF8.GetString(bytes[(index + 1)..]);
            bytes = bytes[..index];
        }

        return Utf8Parser.TryParse(bytes, out key, out int used, 'X') && used == bytes.Length;
    }

    /// <summary>Reads an integer key.</summary>
    /// <param name="grainId">The identity.</param>
    /// <returns>The key.</returns>
    /// <exception cref="ArgumentException">The key is no integer.</exception>
    public static long GetIntegerKey(this GrainId grainId) => grainId.GetIntegerKey(out _);

    /// <summary>Reads an integer key.</summary>
    /// <param name="grainId">The identity.</param>
    /// <param name="keyExt">The extension, or null.</param>
    /// <returns>The key.</returns>
    /// <exception cref="ArgumentException">The key is no integer.</exception>
    public static long GetIntegerKey(this GrainId grainId, out string? keyExt) =>
        grainId.TryGetIntegerKey(out long key, out keyExt) ? key : throw new ArgumentException($"The key of {grainId} is not an integer.", nameof(grainId));

    /// <summary>Reads a GUID key.</summary>
    /// <param name="grainId">The identity.</param>
    /// <param name="key">The key.</param>
    /// <param name="keyExt">The extension, or null.</param>
    /// <returns>Whether the key is a GUID.</returns>
    public static bool TryGetGuidKey(this GrainId grainId, out Guid key, [NotNullWhen(true)] out string? keyExt)
    {
        ReadOnlySpan<byte> bytes = grainId.Key.AsSpan();
        keyExt = null;
        if (bytes.Length > 32 && bytes[32] == (byte)'+')
        {
            keyExt = Encoding.UTF8.GetString(bytes[33..]);
            bytes = bytes[..32];
        }
        else if (bytes.Length != 32)
        {
            key = default;
            return false;
        }

        return Utf8Parser.TryParse(bytes, out key, out int used, 'N') && used == 32;
    }

    /// <summary>Reads a GUID key.</summary>
    /// <param name="grainId">The identity.</param>
    /// <returns>The key.</returns>
    /// <exception cref="ArgumentException">The key is no GUID.</exception>
    public static Guid GetGuidKey(this GrainId grainId) => grainId.GetGuidKey(out _);

    /// <summary>Reads a GUID key.</summary>
    /// <param name="grainId">The identity.</param>
    /// <param name="keyExt">The extension, or null.</param>
    /// <returns>The key.</returns>
    /// <exception cref="ArgumentException">The key is no GUID.</exception>
    public static Guid GetGuidKey(this GrainId grainId, out string? keyExt) =>
        grainId.TryGetGuidKey(out Guid key, out keyExt) ? key : throw new ArgumentException($"The key of {grainId} is not a GUID.", nameof(grainId));
}
