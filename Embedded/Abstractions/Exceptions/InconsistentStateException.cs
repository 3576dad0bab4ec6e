using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>The stored state is not the one that the grain last read or wrote. If it escapes a call, the activation that met it is deactivated.</summary>
[GenerateSerializer]
public class InconsistentStateException : OrleansException
{
    /// <summary>A default message.</summary>
    public InconsistentStateException()
    {
    }

    /// <summary>A message of its own.</summary>
    /// <param name="message">The message.</param>
    public InconsistentStateException(string message)
        : base(message)
    {
    }

    /// <summary>A message and a cause.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public InconsistentStateException(string message, Exception? innerException)
        : base(message, innerException!)
    {
    }

    /// <summary>Names the two ETags.</summary>
    /// <param name="errorMsg">The message.</param>
    /// <param name="storedEtag">The ETag in storage, null if there is no record or it is not known.</param>
    /// <param name="currentEtag">The ETag that the grain has.</param>
    public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag)
        : this(errorMsg, storedEtag, currentEtag, null)
    {
    }

    /// <summary>Names the two ETags and a cause.</summary>
    /// <param name="errorMsg">The message.</param>
    /// <param name="storedEtag">The ETag in storage, null if there is no record or it is not known.</param>
    /// <param name="currentEtag">The ETag that the grain has.</param>
    /// <param name="storageException">The cause.</param>
    public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag, Exception? storageException)
        : base(errorMsg, storageException!)
    {
        StoredEtag = storedEtag;
        CurrentEtag = currentEtag;
    }

    /// <summary>Names the two ETags and a cause.</summary>
    /// <param name="storedEtag">The ETag in storage, null if there is no record or it is not known.</param>
    /// <param name="currentEtag">The ETag that the grain has.</param>
    /// <param name="storageException">The cause.</param>
    public InconsistentStateException(string? storedEtag, string? currentEtag, Exception storageException)
        : this(storageException.Message, storedEtag, currentEtag, storageException)
    {
    }

    /// <summary>The ETag in storage, null if there is no record or it is not known.</summary>
    [Id(0)]
    public string? StoredEtag { get; private set; }

    /// <summary>The ETag that the grain has.</summary>
    [Id(1)]
    public string? CurrentEtag { get; private set; }

    /// <summary>Whether the activation that met the conflict has not been told yet: only that one is deactivated, not the callers that the exception reaches.</summary>
    [Id(2)]
    internal bool IsSourceActivation { get; set; } = true;

    /// <summary>The message with both ETags.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{GetType().Name}: {Message} Expected Etag={CurrentEtag} Received Etag={StoredEtag} {InnerException}";
}
