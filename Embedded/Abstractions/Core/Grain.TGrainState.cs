using Cloud.Embedded.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Core;
using Orleans.Runtime;

namespace Orleans;

/// <summary>Base of grain classes with one persistent state in the default storage.</summary>
/// <typeparam name="TGrainState">The type of the state.</typeparam>
public class Grain<TGrainState> : Grain
{
    private readonly IStorage<TGrainState> _storage;

    /// <summary>Uses the default storage.</summary>
    protected Grain() =>
        _storage = GrainContext.ActivationServices.GetRequiredService<IPersistentStateFactory>().Create<TGrainState>(GrainContext, new DefaultStateConfiguration(GetType()));

    /// <summary>The state, read before <see cref="Grain.OnActivateAsync"/>.</summary>
    protected TGrainState State
    {
        get => _storage.State;
        set => _storage.State = value;
    }

    /// <summary>Deletes the stored state.</summary>
    /// <returns>The work.</returns>
    protected virtual Task ClearStateAsync() => _storage.ClearStateAsync();

    /// <summary>Reads the stored state again.</summary>
    /// <returns>The work.</returns>
    protected virtual Task ReadStateAsync() => _storage.ReadStateAsync();

    /// <summary>Stores the state.</summary>
    /// <returns>The work.</returns>
    protected virtual Task WriteStateAsync() => _storage.WriteStateAsync();
}
