using System.Runtime.InteropServices;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Tries;

/// <summary>An entry of a <see cref="SortedTrie"/>.</summary>
/// <param name="key">The key, padded with zeros at its end.</param>
/// <param name="keyLength">Length of the key in bytes, at most 32.</param>
/// <param name="valueOffset">Where the value begins in the block of values.</param>
/// <param name="valueLength">Length of the value in bytes, not zero.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly struct TrieEntry(in Hash256 key, int keyLength, int valueOffset, int valueLength)
{
    /// <summary>The key, padded with zeros at its end.</summary>
    public readonly Hash256 Key = key;

    /// <summary>Length of the key in bytes, at most 32.</summary>
    public readonly int KeyLength = keyLength;

    /// <summary>Where the value begins in the block of values.</summary>
    public readonly int ValueOffset = valueOffset;

    /// <summary>Length of the value in bytes, not zero.</summary>
    public readonly int ValueLength = valueLength;
}
