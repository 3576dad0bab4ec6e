using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cloud.Settlement.JsonRpc;
using Cloud.Settlement.L1;

namespace Cloud.Testing.L1;

/// <summary>A real L1 execution layer, anvil, on a free loopback port, for tests, benchmarks and demonstrations. Ends with the program, also where that is killed; then anvil still saves what its arguments name.</summary>
public sealed class AnvilProcess : IAsyncDisposable
{
    /// <summary>Anvil's chain id.</summary>
    public const ulong ChainId = 31337;

    /// <summary>Environment variable that names the program, before the repository's npm folder is looked in.</summary>
    public const string ProgramVariable = "ANVIL";

    private const string Listening = "Listening on ";

    // A shell stands between: it ends anvil when this program closes the pipe to it, which the system does where the program is killed. Ctrl-C in a terminal goes to
    // all of its group, but this program decides when L1 ends.
    private const string Guard =
        """
        exec 3<&0
        leader=; command -v setsid >/dev/null 2>&1 && leader=setsid
        $leader "$@" 3<&- & child=$!
        { trap '' INT; read -r _ <&3; kill -TERM "$child" 2>/dev/null; } >/dev/null 2>&1 & guard=$!
        trap '' INT
        wait "$child"; status=$?
        kill "$guard" 2>/dev/null
        exit $status
        """;

    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly string _cache;
    private readonly HttpJsonRpc _rpc;

    private AnvilProcess(Process process, Uri address, string cache)
    {
        _process = process;
        _cache = cache;
        Address = address;
        _rpc = new HttpJsonRpc(address, TimeSpan.FromMinutes(1), 64 << 20, TimeProvider.System);
        Client = new L1Client(_rpc);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Stop();
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Its JSON-RPC.</summary>
    public IJsonRpc Rpc => _rpc;

    /// <summary>The same as an L1.</summary>
    public L1Client Client { get; }

    /// <summary>Finds the program: what <see cref="ProgramVariable"/> names, else what npm ci has installed in contracts/ of the repository that the program runs in.</summary>
    /// <returns>Its path; null where it is not installed.</returns>
    public static string? Find()
    {
        if (Environment.GetEnvironmentVariable(ProgramVariable) is { Length: > 0 } named)
        {
            return File.Exists(named) ? named : null;
        }

        string system = OperatingSystem.IsMacOS() ? "darwin" : "linux";
        string machine = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "amd64";
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string file = Path.Combine(folder.FullName, "contracts", "node_modules", "@foundry-rs", $"anvil-{system}-{machine}", "bin", "anvil");
            if (File.Exists(file))
            {
                return file;
            }
        }

        return null;
    }

    /// <summary>Starts one.</summary>
    /// <param name="arguments">More command-line arguments, such as <c>--block-time 2</c>.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <returns>It listens.</returns>
    /// <exception cref="FileNotFoundException">Anvil is not installed.</exception>
    /// <exception cref="InvalidOperationException">It ended at once; the message says why.</exception>
    public static async Task<AnvilProcess> StartAsync(IEnumerable<string> arguments, CancellationToken cancellationToken = default)
    {
        string program = Find() ?? throw new FileNotFoundException($"anvil is missing; run npm ci in contracts/, or set {ProgramVariable} to its path.");
        ProcessStartInfo start = new("/bin/sh") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        // Old states go to disk, gigabytes of them in a long run, and a process that is killed leaves them there.
        string cache = Directory.CreateTempSubdirectory("anvil-states-").FullName;
        foreach (string argument in (string[])["-c", Guard, "anvil", program, "--cache-path", cache, "--host", "127.0.0.1", "--port", "0", "--accounts", "4", "--balance", "1000000000", "--no-request-size-limit", .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        Process process = Process.Start(start) ?? throw new InvalidOperationException("anvil did not start.");
        using CancellationTokenSource limit = new(StartLimit, TimeProvider.System);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            string? line;
            do
            {
                line = await process.StandardOutput.ReadLineAsync(both.Token).ConfigureAwait(false)
                    ?? throw new InvalidOperationException($"anvil ended: {await process.StandardError.ReadToEndAsync(both.Token).ConfigureAwait(false)}");
            }
            while (!line.StartsWith(Listening, StringComparison.Ordinal));

            // Read on, so that a full pipe never stops it.
            process.BeginErrorReadLine();
            _ = DrainAsync(process.StandardOutput);
            return new AnvilProcess(process, new Uri($"http://{line[Listening.Length..].Trim()}"), cache);
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            Directory.Delete(cache, recursive: true);
            throw;
        }
    }

    /// <summary>Calls one of anvil's own methods.</summary>
    /// <param name="method">The method.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The result.</returns>
    public async Task<JsonElement> AskAsync(string method, JsonArray parameters, CancellationToken cancellationToken = default) =>
        (await _rpc.CallAsync(method, parameters, cancellationToken).ConfigureAwait(false)).Require();

    /// <summary>Copies the chain as it is, in the form that <c>--load-state</c> takes. However long the chain is, little of it is in memory at a time.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="HttpRequestException">It does not answer.</exception>
    /// <exception cref="InvalidDataException">The answer is none, or was cut off.</exception>
    public async Task CopyStateAsync(Stream destination, CancellationToken cancellationToken = default)
    {
        using HttpClient http = new();
        using HttpRequestMessage request = new(HttpMethod.Post, Address) { Content = new StringContent("""{"jsonrpc":"2.0","id":1,"method":"anvil_dumpState","params":[]}""", Encoding.UTF8, "application/json") };
        using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        using Stream reply = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        using HexReplyStream packed = new(reply);
        using GZipStream unpacking = new(packed, CompressionMode.Decompress);
        await unpacking.CopyToAsync(destination, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Stop();
        _rpc.Dispose();
        _process.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task DrainAsync(StreamReader reader)
    {
        try
        {
            while (await reader.ReadLineAsync().ConfigureAwait(false) is not null)
            {
            }
        }
        catch (Exception exception) when (exception is ObjectDisposedException or IOException)
        {
            // The process has ended.
        }
    }

    private void Stop()
    {
        try
        {
            if (!_process.HasExited)
            {
                _process.StandardInput.Close();
                if (!_process.WaitForExit(StopLimit))
                {
                    _process.Kill(entireProcessTree: true);
                }
            }

            if (Directory.Exists(_cache))
            {
                Directory.Delete(_cache, recursive: true);
            }
        }
        catch (InvalidOperationException)
        {
            // Disposed before: it has ended.
        }
        catch (IOException)
        {
            // What cannot be deleted is left to whoever clears the temporary files.
        }
    }
}
