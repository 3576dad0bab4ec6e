using Orleans.Runtime;

namespace Orleans;

/// <summary>Base of the interfaces of observers: objects outside grains that grains call.</summary>
public interface IGrainObserver : IAddressable;
