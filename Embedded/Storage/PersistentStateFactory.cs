using System.Reflection;
using Cloud.Embedded.Runtime;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Providers;
using Orleans.Runtime;
using Orleans.Storage;

namespace Cloud.Embedded.Storage;

internal sealed class PersistentStateFactory : IPersistentStateFactory
{
    /// <summary>What fills a constructor parameter.</summary>
    public static Func<Activation, object> FacetFor(ParameterInfo parameter, PersistentStateAttribute attribute)
    {
        if (!parameter.ParameterType.IsGenericType || parameter.ParameterType.GetGenericTypeDefinition() != typeof(IPersistentState<>))
        {
            throw new InvalidOperationException($"[PersistentState] stands on parameter {parameter.Name} of {parameter.Member.DeclaringType}, whose type is not IPersistentState<T>.");
        }

        MethodInfo create = typeof(PersistentStateFactory).GetMethod(nameof(CreateState), BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(parameter.ParameterType.GetGenericArguments());
        Func<Activation, IPersistentStateConfiguration, object> typed = create.CreateDelegate<Func<Activation, IPersistentStateConfiguration, object>>();
        return activation => typed(activation, attribute);
    }

    public IPersistentState<TState> Create<TState>(IGrainContext context, IPersistentStateConfiguration config) =>
        (IPersistentState<TState>)CreateState<TState>((Activation)context, config);

    private static object CreateState<TState>(Activation activation, IPersistentStateConfiguration config)
    {
        IServiceProvider services = activation.ActivationServices;
        string name = config.StorageName ?? ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME;
        IGrainStorage storage = services.GetKeyedService<IGrainStorage>(name)
            ?? throw new BadProviderConfigException($"No storage provider named '{name}' is configured; grain class {activation.Class.Type} needs it. Add it to the silo, for example with AddMemoryGrainStorage.");
        PersistentState<TState> state = new(activation, config.StateName, storage);
        activation.ObservableLifecycle.Subscribe(
            config.StateName,
            GrainLifecycleStage.SetupState,
            new DelegateLifecycleObserver(state.ReadStateAsync, null));
        return state;
    }
}
