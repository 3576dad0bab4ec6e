using Cloud.Replica.Node;

namespace Cloud.Grains.Feed;

/// <summary>Gives the process's replica to its silo; called once, when the silo starts, on the scheduler on which the silo's own code runs.</summary>
/// <param name="services">The silo's services.</param>
/// <param name="cancellationToken">Ends the wait.</param>
/// <returns>The replica.</returns>
public delegate Task<ReplicaNode> ReplicaOpener(IServiceProvider services, CancellationToken cancellationToken);
