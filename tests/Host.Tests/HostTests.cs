using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Cloud.Host.Tests;

[Trait("Category", "EndToEnd")]
public sealed class HostTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("host-tests").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task It_starts_answers_and_stops_at_Ctrl_C_and_starts_again_on_the_same_folder()
    {
        for (int run = 0; run < 2; run++)
        {
            using HostProcess host = new(_data, HostProcess.FreePort());
            await host.StartedAsync();
            using HttpClient client = new() { BaseAddress = host.Address };
            using JsonDocument ready = JsonDocument.Parse(await client.GetStringAsync("/health/ready", TestContext.Current.CancellationToken));
            Assert.Equal("ok", ready.RootElement.GetProperty("status").GetString());
            using HttpResponseMessage unknown = await client.GetAsync("/no-such-path", TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
            host.Interrupt();
            Assert.Equal((0, ""), await host.EndedAsync());
        }
    }

    [Fact]
    public async Task A_second_process_on_the_same_folder_is_told_who_owns_it()
    {
        using HostProcess first = new(_data, HostProcess.FreePort());
        await first.StartedAsync();
        using HostProcess second = new(_data, HostProcess.FreePort());
        (int exitCode, string errors) = await second.EndedAsync();
        Assert.Equal(1, exitCode);
        Assert.Contains("Only one process may use this folder", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_ends_the_program_with_the_remedy()
    {
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        using HostProcess host = new(_data, ((IPEndPoint)taken.LocalEndpoint).Port);
        (int exitCode, string errors) = await host.EndedAsync();
        Assert.Equal(1, exitCode);
        Assert.Contains("choose another address with --listen", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }
}
