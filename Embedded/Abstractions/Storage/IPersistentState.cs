using Orleans.Core;

namespace Orleans.Runtime;

/// <summary>A persistent state of a grain: a constructor parameter with <see cref="PersistentStateAttribute"/>.</summary>
/// <typeparam name="TState">The type of the state.</typeparam>
public interface IPersistentState<TState> : IStorage<TState>;
