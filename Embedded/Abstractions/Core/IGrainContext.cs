using Orleans.Serialization.Invocation;

namespace Orleans.Runtime;

/// <summary>An activation of a grain.</summary>
public interface IGrainContext : ITargetHolder, IEquatable<IGrainContext>
{
    /// <summary>The reference to the grain.</summary>
    GrainReference GrainReference { get; }

    /// <summary>The grain.</summary>
    GrainId GrainId { get; }

    /// <summary>The grain instance; null before it was created.</summary>
    object? GrainInstance { get; }

    /// <summary>The activation.</summary>
    ActivationId ActivationId { get; }

    /// <summary>Where the activation lives.</summary>
    GrainAddress Address { get; }

    /// <summary>The services of the activation.</summary>
    IServiceProvider ActivationServices { get; }

    /// <summary>The stages of the activation's life.</summary>
    IGrainLifecycle ObservableLifecycle { get; }

    /// <summary>Completes when the activation is gone.</summary>
    Task Deactivated { get; }

    /// <summary>Attaches something to the activation.</summary>
    /// <typeparam name="TComponent">Under which type.</typeparam>
    /// <param name="value">The component, or null to take it away.</param>
    void SetComponent<TComponent>(TComponent? value)
        where TComponent : class;

    /// <summary>Deactivates the activation when the running requests are done.</summary>
    /// <param name="deactivationReason">Why.</param>
    /// <param name="cancellationToken">Ends the grain's own part of it.</param>
    void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default);
}
