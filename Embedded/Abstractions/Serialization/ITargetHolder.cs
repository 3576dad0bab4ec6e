namespace Orleans.Serialization.Invocation;

/// <summary>Holds the instance that requests are invoked on.</summary>
public interface ITargetHolder
{
    /// <summary>The instance.</summary>
    /// <returns>The instance, or null if there is none yet.</returns>
    object? GetTarget();

    /// <summary>Something that belongs to the activation.</summary>
    /// <param name="componentType">Its type.</param>
    /// <returns>The component, or null if there is none.</returns>
    object? GetComponent(Type componentType);
}
