using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>Stores the states of grains, each under the grain's identity and the state's name, with a version: a write or delete that does not know the stored version is refused.</summary>
public interface IGrainStorage
{
    /// <summary>Reads a record into <paramref name="grainState"/>.</summary>
    /// <typeparam name="T">The type of the content.</typeparam>
    /// <param name="stateName">The state's name.</param>
    /// <param name="grainId">The grain.</param>
    /// <param name="grainState">Gets content, version and whether there is a record.</param>
    /// <returns>The work.</returns>
    Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

    /// <inheritdoc cref="ReadStateAsync{T}(string, GrainId, IGrainState{T})"/>
    Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken) =>
        ReadStateAsync(stateName, grainId, grainState);

    /// <summary>Writes a record and puts the new version into <paramref name="grainState"/>.</summary>
    /// <typeparam name="T">The type of the content.</typeparam>
    /// <param name="stateName">The state's name.</param>
    /// <param name="grainId">The grain.</param>
    /// <param name="grainState">Has the content and the version that is to be replaced.</param>
    /// <returns>The work.</returns>
    /// <exception cref="InconsistentStateException">The stored record is another version.</exception>
    Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

    /// <inheritdoc cref="WriteStateAsync{T}(string, GrainId, IGrainState{T})"/>
    Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken) =>
        WriteStateAsync(stateName, grainId, grainState);

    /// <summary>Deletes a record.</summary>
    /// <typeparam name="T">The type of the content.</typeparam>
    /// <param name="stateName">The state's name.</param>
    /// <param name="grainId">The grain.</param>
    /// <param name="grainState">Has the version that is to be deleted.</param>
    /// <returns>The work.</returns>
    /// <exception cref="InconsistentStateException">The stored record is another version.</exception>
    Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState);

    /// <inheritdoc cref="ClearStateAsync{T}(string, GrainId, IGrainState{T})"/>
    Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState, CancellationToken cancellationToken) =>
        ClearStateAsync(stateName, grainId, grainState);
}
