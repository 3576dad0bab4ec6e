using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Cloud.Host.Tests;

/// <summary>The product's program as a process of its own, ended with the test.</summary>
internal sealed partial class HostProcess : IDisposable
{
    private const int InterruptSignal = 2;
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);
    private readonly Process _process;
    private readonly Task<string> _errors;

    public HostProcess(string dataFolder, int port, params string[] arguments)
        : this(dataFolder, port, new Dictionary<string, string>(), arguments)
    {
    }

    /// <summary>Starts it.</summary>
    /// <param name="dataFolder">Its data folder.</param>
    /// <param name="port">The gateway's port.</param>
    /// <param name="variables">The environment beside the test's own.</param>
    /// <param name="arguments">More options.</param>
    public HostProcess(string dataFolder, int port, IReadOnlyDictionary<string, string> variables, params string[] arguments)
    {
        Address = new Uri($"http://127.0.0.1:{port}");

        // Whoever starts the tests in the background of a script has the interrupt ignored, and children inherit that.
        ProcessStartInfo start = new("env") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["--default-signal=INT", "dotnet", Path.Combine(AppContext.BaseDirectory, "preconf-cloud.dll"), "--data", dataFolder, "--listen", $"http://127.0.0.1:{port}", .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

#if ORLEANS
        start.Environment["Silo__GrainStorage"] = "Memory";
#endif
        start.Environment["Silo__SiloPort"] = FreePort().ToString(CultureInfo.InvariantCulture);
        start.Environment["Silo__ClientPort"] = FreePort().ToString(CultureInfo.InvariantCulture);
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public Uri Address { get; }

    public static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Waits until the program says that it listens.</summary>
    public async Task StartedAsync()
    {
        using CancellationTokenSource deadline = new(Deadline);
        while (await _process.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
        {
            if (line.StartsWith("gateway:", StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail($"The program ended before it listened: {await _errors}");
    }

    /// <summary>Sends the signal that Ctrl-C sends.</summary>
    public void Interrupt() => Assert.Equal(0, Kill(_process.Id, InterruptSignal));

    /// <summary>Ends it as a crash would.</summary>
    public void KillNow()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>Asks the gateway.</summary>
    public async Task<JsonElement> AskAsync(HttpClient client, string method, params object[] parameters)
    {
        using HttpResponseMessage response = await client.PostAsJsonAsync(new Uri(Address, "rpc"), new { jsonrpc = "2.0", id = 1, method, @params = parameters }, TestContext.Current.CancellationToken);
        using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.True(answer.RootElement.TryGetProperty("result", out JsonElement result), answer.RootElement.ToString());
        return result.Clone();
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code and what was written as errors.</returns>
    public async Task<(int ExitCode, string Errors)> EndedAsync()
    {
        using CancellationTokenSource deadline = new(Deadline);
        Task<string> rest = _process.StandardOutput.ReadToEndAsync(deadline.Token);
        await _process.WaitForExitAsync(deadline.Token);
        await rest;
        return (_process.ExitCode, await _errors);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);
}
