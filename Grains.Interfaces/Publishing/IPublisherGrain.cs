using Orleans.Concurrency;

namespace Cloud.Grains.Interfaces.Publishing;

/// <summary>Brings certified checkpoints to L1. There is one; its key is that of <see cref="GrainKeys.Publisher"/>.</summary>
[Alias("IPublisherGrain")]
public interface IPublisherGrain : IGrainWithStringKey
{
    /// <summary>Takes a checkpoint to post. The intent is stored before the answer, and survives a crash.</summary>
    /// <param name="request">The checkpoint. The same header again changes nothing.</param>
    /// <returns>Where it stands.</returns>
    [Alias("Publish")]
    [AlwaysInterleave]
    Task<PublicationView> Publish([Immutable] PublicationRequest request);

    /// <summary>Where the publication of a slot stands.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>Null where none was asked for, or it is forgotten.</returns>
    [Alias("View")]
    [AlwaysInterleave]
    [ReadOnly]
    Task<PublicationView?> View(ulong slot);

    /// <summary>Goes on with what is not finished. A watchdog calls it.</summary>
    /// <returns>How many publications are under way.</returns>
    [Alias("Resume")]
    [AlwaysInterleave]
    Task<int> Resume();
}
