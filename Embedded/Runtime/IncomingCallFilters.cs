using Orleans;

namespace Cloud.Embedded.Runtime;

/// <summary>The incoming filters of a silo or client.</summary>
internal sealed class IncomingCallFilters(IIncomingGrainCallFilter[] filters)
{
    public IIncomingGrainCallFilter[] Filters { get; } = filters;
}
