using Cloud.Protocol.Messages;

namespace Cloud.Grains.Faults;

/// <summary>Repeats what evidence claims about an execution.</summary>
public interface IReexecution
{
    /// <summary>Whether re-execution in this process shows the fault that the evidence names.</summary>
    /// <param name="evidence">Evidence whose signatures were checked.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null where it cannot be repeated here, for want of the data or the state.</returns>
    ValueTask<bool?> ConfirmAsync(Evidence evidence, CancellationToken cancellationToken = default);
}
