#if ORLEANS
using System.Data.Common;
using Npgsql;
#endif

namespace Cloud.Silo.Clustering;

/// <summary>The store that the processes of a cluster share.</summary>
public static class ClusterStore
{
    /// <summary>What an operator can do about a store that does not answer.</summary>
    public const string Remedy =
        "Check that it runs, that Silo:StorageConnection is right, and that it has the tables which Orleans' scripts for clustering, persistence and reminders make.";

#if ORLEANS
    private const int Seconds = 5;
#endif

    /// <summary>Asks the database of a cluster for its tables. Stores of other kinds are not asked.</summary>
    /// <param name="options">Which one.</param>
    /// <param name="cancellationToken">Ends the wait, which is at most ten seconds.</param>
    /// <returns>Why it cannot be used; null where it can.</returns>
    public static async Task<string?> FindFaultAsync(SiloOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
#if ORLEANS
        if (options.GrainStorage == GrainStorageKind.PostgreSql)
        {
            try
            {
                NpgsqlConnectionStringBuilder address = new(options.StorageConnection) { Timeout = Seconds, CommandTimeout = Seconds };
                await using NpgsqlConnection connection = new(address.ConnectionString);
                await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
                await using NpgsqlCommand command = new("SELECT (SELECT count(*) FROM OrleansQuery), (SELECT count(*) FROM OrleansMembershipVersionTable), (SELECT 1 FROM OrleansStorage LIMIT 1), (SELECT 1 FROM OrleansRemindersTable LIMIT 1)", connection);
                await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is DbException or ArgumentException or TimeoutException)
            {
                return exception.Message.ReplaceLineEndings(" ");
            }
        }
#endif
        await Task.CompletedTask.ConfigureAwait(false);
        return null;
    }
}
