using Cloud.Execution.Pool;
using Cloud.Replica.Chains;
using Cloud.Replica.Work;
using Cloud.Storage.Journals;

namespace Cloud.Replica.Node;

/// <summary>What a node runs on. A simulation puts its own in the place of each.</summary>
public sealed record ReplicaServices
{
    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where work runs; null for the thread pool.</summary>
    public IWorkRunner? Work { get; init; }

    /// <summary>Where what is missing is pulled from; may also be given later, see <see cref="ReplicaNode.Connect"/>.</summary>
    public IFeedSource? Source { get; init; }

    /// <summary>Blocks and state; null for a folder in <see cref="ReplicaOptions.DataFolder"/>. The node disposes of it only where it has opened it.</summary>
    public IChainStorage? Storage { get; init; }

    /// <summary>The journal; null for a folder in <see cref="ReplicaOptions.DataFolder"/>. The node disposes of it only where it has opened it.</summary>
    public IJournal? Journal { get; init; }

    /// <summary>Known senders, which nodes of one process may share.</summary>
    public SenderCache? Senders { get; init; }
}
