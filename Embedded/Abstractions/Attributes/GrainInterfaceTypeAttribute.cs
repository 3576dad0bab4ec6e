namespace Orleans.Runtime;

/// <summary>The name of a grain interface. Without it the full name of the type.</summary>
/// <param name="value">The name.</param>
[AttributeUsage(AttributeTargets.Interface)]
public sealed class GrainInterfaceTypeAttribute(string value) : Attribute
{
    internal GrainInterfaceType InterfaceType { get; } = GrainInterfaceType.Create(value);
}
