using Orleans.Runtime;

namespace Cloud.Embedded.Runtime;

/// <summary>The one state of a <see cref="Orleans.Grain{TGrainState}"/>.</summary>
internal sealed class DefaultStateConfiguration(Type grainClass) : IPersistentStateConfiguration
{
    public string StateName { get; } = grainClass.FullName!;

    public string? StorageName => null;
}
