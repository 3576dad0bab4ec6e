using Orleans.Runtime;

namespace Orleans;

/// <summary>Base of the grain interfaces.</summary>
public interface IGrain : IAddressable;
