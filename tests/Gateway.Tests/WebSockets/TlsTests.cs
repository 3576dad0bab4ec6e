using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Cloud.Gateway.Tests.Support;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Cloud.Gateway.Tests.WebSockets;

public sealed class TlsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Where_the_gateway_itself_speaks_tls_no_frame_goes_around_it()
    {
        using ECDsa key = ECDsa.Create();
        using X509Certificate2 drawn = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using X509Certificate2 certificate = X509CertificateLoader.LoadPkcs12(drawn.Export(X509ContentType.Pkcs12), null);
        await using TestChain chain = await TestChain.StartAsync(configure: builder =>
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
            builder.Services.PostConfigure<KestrelServerOptions>(server => server.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps(certificate)));
        });
        Assert.Equal("https", chain.Address.Scheme);
        using ClientWebSocket socket = new();
        socket.Options.RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == certificate.GetCertHashString();
        await socket.ConnectAsync(new UriBuilder(chain.Address) { Scheme = "wss", Path = "/ws" }.Uri, Token);

        // A frame in plain text would not be a record of TLS, and end the connection.
        await socket.SendAsync("""{"id":1,"method":"eth_subscribe","params":["newFlashblocks"]}"""u8.ToArray(), WebSocketMessageType.Text, true, Token);
        Assert.Contains("\"result\":\"0x", await ReadAsync(socket), StringComparison.Ordinal);
        await chain.FlashblockAsync();
        Assert.Contains("\"method\":\"eth_subscription\"", await ReadAsync(socket), StringComparison.Ordinal);
    }

    private static async Task<string> ReadAsync(ClientWebSocket socket)
    {
        byte[] buffer = new byte[1 << 16];
        int length = 0;
        WebSocketReceiveResult result;
        do
        {
            result = await socket.ReceiveAsync(new ArraySegment<byte>(buffer, length, buffer.Length - length), Token);
            length += result.Count;
        }
        while (!result.EndOfMessage);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }
}
