namespace Orleans;

/// <summary>The type is an <see cref="IConverter{TValue, TSurrogate}"/> that the serializer uses.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class RegisterConverterAttribute : Attribute;
