namespace Orleans.Hosting;

/// <summary>Configures streams in memory of a client.</summary>
public interface IClusterClientMemoryStreamConfigurator : IMemoryStreamConfigurator;
