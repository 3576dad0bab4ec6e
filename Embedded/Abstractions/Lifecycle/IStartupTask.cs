namespace Orleans.Runtime;

/// <summary>Runs when a silo starts.</summary>
public interface IStartupTask
{
    /// <summary>Runs.</summary>
    /// <param name="cancellationToken">Cancelled when the start is given up.</param>
    /// <returns>The work.</returns>
    Task Execute(CancellationToken cancellationToken);
}
