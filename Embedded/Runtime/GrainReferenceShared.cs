using Orleans.Runtime;

namespace Cloud.Embedded.Runtime;

/// <summary>What references to grains of one class through one interface have in common.</summary>
internal sealed class GrainReferenceShared(RuntimeClient runtime, GrainType grainType, Type? interfaceType, GrainClass? grainClass)
{
    public RuntimeClient Runtime { get; } = runtime;

    public GrainType GrainType { get; } = grainType;

    public Type? Interface { get; } = interfaceType;

    public GrainInterfaceType InterfaceType { get; } = interfaceType is null ? default : GrainTypes.InterfaceTypeOf(interfaceType);

    /// <summary>The class; null for observers and for a grain type that no class has.</summary>
    public GrainClass? Class { get; } = grainClass;

    public Func<GrainReferenceShared, GrainId, GrainReference> Factory { get; } =
        interfaceType is null ? static (shared, id) => new GrainReference(shared, id) : ProxyEmitter.FactoryFor(interfaceType);
}
