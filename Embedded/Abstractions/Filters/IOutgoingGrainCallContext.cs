using Orleans.Runtime;

namespace Orleans;

/// <summary>A call that leaves.</summary>
public interface IOutgoingGrainCallContext : IGrainCallContext
{
    /// <summary>The caller's activation; null if it is no grain.</summary>
    IGrainContext? SourceContext { get; }
}
