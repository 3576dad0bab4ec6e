using Orleans.Runtime;

namespace Orleans;

/// <summary>The name of a grain class in identities and storage. Without it the class name in lower case, less the suffix "grain".</summary>
/// <param name="grainType">The name.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class GrainTypeAttribute(string grainType) : Attribute
{
    internal GrainType GrainType { get; } = GrainType.Create(grainType);
}
