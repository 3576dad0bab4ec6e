namespace Orleans.Core;

/// <summary>A stored record.</summary>
public interface IStorage
{
    /// <summary>Which version of the record this is; null if there is none.</summary>
    string? Etag { get; }

    /// <summary>Whether there is a record.</summary>
    bool RecordExists { get; }

    /// <summary>Deletes the record.</summary>
    /// <returns>The work.</returns>
    /// <exception cref="Storage.InconsistentStateException">The stored record is another version.</exception>
    Task ClearStateAsync();

    /// <inheritdoc cref="ClearStateAsync()"/>
    /// <param name="cancellationToken">Ends the wait; whether the record was deleted is then unknown.</param>
    Task ClearStateAsync(CancellationToken cancellationToken) => ClearStateAsync();

    /// <summary>Writes the record.</summary>
    /// <returns>The work.</returns>
    /// <exception cref="Storage.InconsistentStateException">The stored record is another version.</exception>
    Task WriteStateAsync();

    /// <inheritdoc cref="WriteStateAsync()"/>
    /// <param name="cancellationToken">Ends the wait; whether the record was written is then unknown.</param>
    Task WriteStateAsync(CancellationToken cancellationToken) => WriteStateAsync();

    /// <summary>Reads the record.</summary>
    /// <returns>The work.</returns>
    Task ReadStateAsync();

    /// <inheritdoc cref="ReadStateAsync()"/>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task ReadStateAsync(CancellationToken cancellationToken) => ReadStateAsync();
}
