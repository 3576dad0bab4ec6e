namespace Orleans.Runtime;

/// <summary>Makes persistent states.</summary>
public interface IPersistentStateFactory
{
    /// <summary>Makes a persistent state that is read when the grain activates.</summary>
    /// <typeparam name="TState">The type of the state.</typeparam>
    /// <param name="context">The activation.</param>
    /// <param name="config">Names the state and its storage.</param>
    /// <returns>The state.</returns>
    IPersistentState<TState> Create<TState>(IGrainContext context, IPersistentStateConfiguration config);
}
