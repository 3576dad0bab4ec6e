using System.Net.Sockets;
using System.Reflection;
using Cloud.Gateway.Health;
using Cloud.Protocol.Crypto;
using Cloud.Silo;
using Cloud.Storage;
using Microsoft.Extensions.Options;

namespace Cloud.Host;

/// <summary>One process with a silo and a gateway.</summary>
internal static class Node
{
    private const int Done = 0;
    private const int CouldNotStart = 1;

    /// <summary>Runs until the token is cancelled or the process is asked to end.</summary>
    /// <param name="dataFolder">The data folder, which this process then owns.</param>
    /// <param name="listen">The gateway's address.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string dataFolder, string listen, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(listen, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
        {
            return Fail($"--listen is no http address: {listen}", "give one such as http://127.0.0.1:8080");
        }

        try
        {
            using DirectoryLock folder = DirectoryLock.Take(dataFolder);
            Secp256k1.EnsureLoaded();
            Kzg.EnsureLoaded();
            WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls(listen);
            builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("Microsoft.Hosting", LogLevel.Warning);
            SiloOptions options = builder.Configuration.GetSection(SiloOptions.Section).Get<SiloOptions>() ?? new SiloOptions();
            options.DataFolder = dataFolder;
            if (new SiloOptionsValidator().Validate(null, options) is { Failed: true } refusal)
            {
                return Fail(refusal.FailureMessage, "correct the configuration (environment variables such as Silo__ClusterId) and start again");
            }

            builder.Services.AddSingleton(Options.Create(options));
            builder.UseOrleans(silo => silo.AddPreconfCloud(options));
            builder.Services.AddHealthChecks().AddCheck<SiloHealthCheck>("silo", tags: [HealthEndpoints.ReadyTag]);
            await using WebApplication application = builder.Build();
            application.MapHealth();
            string version = Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
            application.MapGet("/", () => new { name = "Preconf Cloud", version, runtime = SiloHealthCheck.Runtime });
            await application.StartAsync(cancellationToken).ConfigureAwait(false);
            Console.WriteLine($"Preconf Cloud {version} on {SiloHealthCheck.Runtime}, data in {dataFolder}");
            Console.WriteLine($"gateway: {listen}   try: curl {listen}/health/ready   stop: Ctrl-C");
            await application.WaitForShutdownAsync(cancellationToken).ConfigureAwait(false);
            return Done;
        }
        catch (StorageException e)
        {
            return Fail($"{e.File}: {e.Rule}", e.Remedy);
        }
        catch (NativeLibraryMissingException e)
        {
            return Fail(e.Message, "run ./run.sh, which installs and builds the native libraries");
        }
        catch (IOException e) when (e.GetBaseException() is SocketException)
        {
            return Fail($"the gateway cannot listen on {listen}: {e.Message}", "end the program that uses the port, or choose another address with --listen");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Done;
        }
    }

    private static int Fail(string what, string remedy)
    {
        Console.Error.WriteLine($"error: {what}");
        Console.Error.WriteLine($"       {remedy}");
        return CouldNotStart;
    }
}
