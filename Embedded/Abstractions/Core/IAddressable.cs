namespace Orleans.Runtime;

/// <summary>Something that can be called: a grain or an observer.</summary>
public interface IAddressable;
