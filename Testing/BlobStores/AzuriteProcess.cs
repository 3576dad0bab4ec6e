using System.Diagnostics;

namespace Cloud.Testing.BlobStores;

/// <summary>The emulator of Azure Blob Storage, Azurite, on a free loopback port, for tests. Ends with the program; keeps nothing.</summary>
public sealed class AzuriteProcess : IAsyncDisposable
{
    /// <summary>The emulator's well-known account.</summary>
    public const string Account = "devstoreaccount1";

    /// <summary>The account's well-known key, which every installation of the emulator has.</summary>
    public const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private const string Listening = "successfully listens on ";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private AzuriteProcess(Process process, Uri address)
    {
        _process = process;
        Address = address;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Stop();
    }

    /// <summary>The account's address; a container's name goes behind it.</summary>
    public Uri Address { get; }

    /// <summary>Finds the program that npm ci has installed in tests/azurite of the repository that the program runs in.</summary>
    /// <returns>Its path; null where it is not installed.</returns>
    public static string? Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string file = Path.Combine(folder.FullName, "tests", "azurite", "node_modules", "azurite", "dist", "src", "blob", "main.js");
            if (File.Exists(file))
            {
                return file;
            }
        }

        return null;
    }

    /// <summary>Starts one.</summary>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <returns>It listens.</returns>
    /// <exception cref="FileNotFoundException">Azurite is not installed.</exception>
    /// <exception cref="InvalidOperationException">It ended at once; the message says why.</exception>
    public static async Task<AzuriteProcess> StartAsync(CancellationToken cancellationToken = default)
    {
        string program = Find() ?? throw new FileNotFoundException("Azurite is missing; run npm ci in tests/azurite.");
        ProcessStartInfo start = new("node") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[program, "--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence", "--silent", "--disableTelemetry", "--skipApiVersionCheck"])
        {
            start.ArgumentList.Add(argument);
        }

        Process process = Process.Start(start) ?? throw new InvalidOperationException("Azurite did not start.");
        using CancellationTokenSource limit = new(StartLimit, TimeProvider.System);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            string? line;
            do
            {
                line = await process.StandardOutput.ReadLineAsync(both.Token).ConfigureAwait(false)
                    ?? throw new InvalidOperationException($"Azurite ended: {await process.StandardError.ReadToEndAsync(both.Token).ConfigureAwait(false)}");
            }
            while (!line.Contains(Listening, StringComparison.Ordinal));

            process.BeginErrorReadLine();
            _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
            return new AzuriteProcess(process, new Uri($"{line[(line.IndexOf(Listening, StringComparison.Ordinal) + Listening.Length)..].Trim()}/{Account}/"));
        }
        catch
        {
            process.Kill();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Stop();
        _process.Dispose();
        return ValueTask.CompletedTask;
    }

    private void Stop()
    {
        try
        {
            if (!_process.HasExited)
            {
                _process.Kill();
                _process.WaitForExit(5000);
            }
        }
        catch (InvalidOperationException)
        {
            // Disposed before: it has ended.
        }
    }
}
