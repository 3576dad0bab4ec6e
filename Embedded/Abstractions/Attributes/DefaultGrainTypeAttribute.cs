namespace Orleans.Metadata;

/// <summary>Which grain class implements an interface that several implement.</summary>
/// <param name="grainType">The name of the class as <see cref="GrainTypeAttribute"/> gives it.</param>
[AttributeUsage(AttributeTargets.Interface)]
public sealed class DefaultGrainTypeAttribute(string grainType) : Attribute
{
    internal string GrainType { get; } = grainType;
}
