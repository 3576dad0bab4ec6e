namespace Orleans.Core;

/// <summary>A stored record of a type.</summary>
/// <typeparam name="TState">The type.</typeparam>
public interface IStorage<TState> : IStorage
{
    /// <summary>The record's content.</summary>
    TState State { get; set; }
}
