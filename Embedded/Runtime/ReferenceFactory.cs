using System.Collections.Concurrent;
using Orleans.Runtime;

namespace Cloud.Embedded.Runtime;

/// <summary>Makes references that are bound to a silo or client.</summary>
internal sealed class ReferenceFactory(RuntimeClient runtime)
{
    private readonly ConcurrentDictionary<(GrainType Type, Type? Interface), GrainReferenceShared> _shared = new();
    private readonly ConcurrentDictionary<(Type Interface, string? Prefix), GrainReferenceShared> _byInterface = new();

    /// <summary>A reference by identity.</summary>
    /// <param name="grainId">The identity.</param>
    /// <param name="interfaceType">The interface; null for none.</param>
    public GrainReference Create(GrainId grainId, Type? interfaceType)
    {
        GrainReferenceShared shared = SharedFor(grainId.Type, interfaceType);
        return shared.Factory(shared, grainId);
    }

    /// <summary>A reference by interface and key.</summary>
    public GrainReference Create(Type interfaceType, IdSpan key, string? prefix)
    {
        if (!_byInterface.TryGetValue((interfaceType, prefix), out GrainReferenceShared? shared))
        {
            if (!interfaceType.IsInterface)
            {
                throw new ArgumentException($"{interfaceType} is not an interface.", nameof(interfaceType));
            }

            shared = SharedFor(GrainTypes.Resolve(interfaceType, prefix).GrainType, interfaceType);
            _byInterface[(interfaceType, prefix)] = shared;
        }

        return shared.Factory(shared, new GrainId(shared.GrainType, key));
    }

    private GrainReferenceShared SharedFor(GrainType grainType, Type? interfaceType)
    {
        if (!_shared.TryGetValue((grainType, interfaceType), out GrainReferenceShared? shared))
        {
            shared = _shared.GetOrAdd((grainType, interfaceType), new GrainReferenceShared(runtime, grainType, interfaceType, GrainTypes.Find(grainType)));
        }

        return shared;
    }
}
