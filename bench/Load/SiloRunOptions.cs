namespace Cloud.Load;

/// <param name="Program">The product's program, built with GrainRuntime=Orleans.</param>
/// <param name="Database">Connection string of a PostgreSQL database with Orleans' tables.</param>
/// <param name="Silos">Processes with validators.</param>
/// <param name="Validators">Size of the committee.</param>
/// <param name="Tps">Transfers a second.</param>
/// <param name="Kills">How often a silo is killed.</param>
/// <param name="Every">Time before each kill, and after the last one.</param>
/// <param name="Down">Time until a killed silo is started again.</param>
/// <param name="Port">The gateway's port; the ports above it up to 210 more are used too.</param>
/// <param name="Logs">Whether the processes log what their grains do.</param>
internal sealed record SiloRunOptions(string Program, string Database, int Silos, int Validators, int Tps, int Kills, TimeSpan Every, TimeSpan Down, int Port, bool Logs)
{
    /// <summary>The time without a database, after the kills; null for none.</summary>
    internal DatabaseOutage? Outage { get; init; }
}
