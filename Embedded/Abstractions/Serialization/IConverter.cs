namespace Orleans;

/// <summary>Encodes a type that has no <see cref="GenerateSerializerAttribute"/> as one that has.</summary>
/// <typeparam name="TValue">The type to encode.</typeparam>
/// <typeparam name="TSurrogate">What stands for it in the encoding.</typeparam>
public interface IConverter<TValue, TSurrogate>
    where TSurrogate : struct
{
    /// <summary>Makes the value.</summary>
    /// <param name="surrogate">What was encoded.</param>
    /// <returns>The value.</returns>
    TValue ConvertFromSurrogate(in TSurrogate surrogate);

    /// <summary>Makes what is encoded.</summary>
    /// <param name="value">The value.</param>
    /// <returns>What stands for it.</returns>
    TSurrogate ConvertToSurrogate(in TValue value);
}
