using Orleans.Serialization.Invocation;

namespace Cloud.Embedded.Runtime;

/// <summary>What a request is invoked on: an activation or an observer.</summary>
internal interface ICallHost : ITargetHolder
{
    /// <summary>The runtime of the silo or client where the target lives.</summary>
    RuntimeClient Runtime { get; }

    /// <summary>The invocation is over, its response is on the way.</summary>
    void OnCallFinished(GrainCall call);
}
