using Orleans.Runtime;

namespace Cloud.Embedded.Runtime;

internal sealed class GrainContextAccessor : IGrainContextAccessor
{
    public IGrainContext GrainContext => (WorkGroup.Current as Activation ?? Activation.Constructing)!;
}
