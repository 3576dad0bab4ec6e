namespace Orleans.Hosting;

/// <summary>Configures streams in memory of a silo.</summary>
public interface ISiloMemoryStreamConfigurator : IMemoryStreamConfigurator;
