using Cloud.Embedded.Storage;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace Orleans.Runtime.Hosting;

/// <summary>Adds grain storage of any kind.</summary>
public static class StorageProviderExtensions
{
    /// <summary>Adds a storage. One that implements <see cref="ILifecycleParticipant{TLifecycleObservable}"/> of <see cref="ISiloLifecycle"/> takes part in the silo's life.</summary>
    /// <typeparam name="T">The storage.</typeparam>
    /// <param name="collection">The services of the silo.</param>
    /// <param name="name">The storage's name.</param>
    /// <param name="implementationFactory">Makes it.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddGrainStorage<T>(this IServiceCollection collection, string name, Func<IServiceProvider, string, T> implementationFactory)
        where T : IGrainStorage
    {
        ArgumentNullException.ThrowIfNull(implementationFactory);
        GrainStorageRegistration.Add(collection, name, (services, name) => implementationFactory(services, name));
        if (typeof(ILifecycleParticipant<ISiloLifecycle>).IsAssignableFrom(typeof(T)))
        {
            collection.AddSingleton(services => (ILifecycleParticipant<ISiloLifecycle>)services.GetRequiredKeyedService<IGrainStorage>(name));
        }

        return collection;
    }
}
