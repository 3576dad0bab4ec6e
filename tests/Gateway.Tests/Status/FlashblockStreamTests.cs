using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Cloud.Gateway.Flashblocks;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Primitives;
using Microsoft.Extensions.DependencyInjection;

namespace Cloud.Gateway.Tests.Status;

public sealed class FlashblockStreamTests
{
    /// <summary>How many chunks the independent checker follows; 1000 is the whole run.</summary>
    private const string ChunksVariable = "FLASHBLOCK_CHUNKS";
    private const int MostAhead = 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_independent_checker_recomputes_every_block_hash_and_sees_each_transaction_once_over_random_disconnects(bool isCompressed)
    {
        string? root = Tools.Root;
        Assert.SkipWhen(root is null || !Directory.Exists(Path.Combine(root, "clients/verify/node_modules")), "clients/verify is not installed: run ./test.sh once");
        int chunks = int.Parse(Environment.GetEnvironmentVariable(ChunksVariable) ?? "4", System.Globalization.CultureInfo.InvariantCulture);
        await using StatusChain chain = await StatusChain.StartAsync();
        ProcessStartInfo start = new("node") { WorkingDirectory = Path.Combine(root!, "clients/verify"), RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["--no-warnings", "--experimental-websocket", "--import", "tsx", "src/stream.ts", "--stream", $"ws://{chain.Address.Authority}/flashblocks", "--rpc", chain.Address.ToString(), "--chunks", $"{chunks}", "--disconnect", "0.15"])
        {
            start.ArgumentList.Add(argument);
        }

        if (isCompressed)
        {
            start.ArgumentList.Add("--brotli");
        }

        using Process checker = Process.Start(start)!;
        try
        {
            Task<string> errors = checker.StandardError.ReadToEndAsync(Token);
            int seen = 0;
            string summary = "";
            TaskCompletionSource opened = new();
            Task reading = Task.Run(
                async () =>
                {
                    while (await checker.StandardOutput.ReadLineAsync(Token) is { } line)
                    {
                        seen += line.StartsWith("chunk", StringComparison.Ordinal) ? 1 : 0;
                        summary = line;
                        opened.TrySetResult();
                    }

                    opened.TrySetResult();
                },
                Token);
            await opened.Task;
            ulong[] nonces = new ulong[chain.Users.Length];
            int sent = 0;
            for (int built = 0; built < chunks + 1 && !reading.IsCompleted; built++)
            {
                for (int i = 0; i < 3; i++)
                {
                    int user = (built + i) % nonces.Length;
                    await chain.SendAsync(chain.Transfer(user, nonces[user]++));
                    sent++;
                    await chain.FlashblockAsync();
                }

                await chain.SealAsync();
                if (chain.Node.View.Latest.Proposal!.Header.IsLast)
                {
                    await chain.LandAsync(await chain.ProposeCheckpointAsync());
                }

                int bound = built;
                await StatusChain.UntilAsync(() => reading.IsCompleted || bound - seen < MostAhead);
            }

            await reading.WaitAsync(TimeSpan.FromSeconds(120), Token);
            await checker.WaitForExitAsync(Token);
            Assert.True(checker.ExitCode == 0, $"{summary}\n{await errors}");
            using JsonDocument result = JsonDocument.Parse(summary);
            Assert.Equal(chunks, result.RootElement.GetProperty("chunks").GetInt32());
            Assert.Equal(3 * chunks, result.RootElement.GetProperty("transactions").GetInt32());
            Assert.InRange(result.RootElement.GetProperty("disconnects").GetInt32(), 1, int.MaxValue);
            TestContext.Current.TestOutputHelper!.WriteLine(summary);
        }
        finally
        {
            if (!checker.HasExited)
            {
                checker.Kill(entireProcessTree: true);
            }
        }
    }

    [Fact]
    public async Task S51_A_reader_that_comes_back_gets_what_it_missed_and_then_what_comes()
    {
        await using StatusChain chain = await StatusChain.StartAsync();
        await chain.SendAsync(chain.Transfer(0, 0));
        await chain.FlashblockAsync();
        await chain.FlashblockAsync();
        await chain.FlashblockAsync();
        using ClientWebSocket socket = await ConnectAsync(chain, "?block_number=1&flashblock_index=0");
        FlashblockFrame second = await ReadAsync(socket);
        Assert.Equal((1UL, "1-0"), (second.Index, second.Metadata.PreviousFlashblockId));
        Assert.Equal(2UL, (await ReadAsync(socket)).Index);
        await chain.FlashblockAsync();
        FlashblockFrame live = await ReadAsync(socket);
        Assert.Equal(3UL, live.Index);
        Flashblock signed = live.ToFlashblock()!;
        Assert.True(new Protocol.Messages.SigningDomains(chain.Genesis.Context).TryRecover(signed.Payload.Statement, signed.Signature, out Address signer));
        Assert.Equal(chain.Validator, signer);
    }

    [Fact]
    public async Task S53_S56_S57_S58_two_readers_get_ten_transactions_as_five_flashblocks_in_order_though_another_leaves_and_the_end_comes_after_what_waits()
    {
        const int Flashblocks = 5;
        await using StatusChain chain = await StatusChain.StartAsync();
        using ClientWebSocket first = await ConnectAsync(chain, "");
        using ClientWebSocket second = await ConnectAsync(chain, "");
        ClientWebSocket leaving = await ConnectAsync(chain, "");
        await StatusChain.UntilAsync(() => chain.Services.GetRequiredService<FlashblockHub>().Count == 3);
        for (ulong i = 0; i < Flashblocks; i++)
        {
            await chain.SendAsync(chain.Transfer(0, 2 * i));
            await chain.SendAsync(chain.Transfer(0, (2 * i) + 1));
            await chain.FlashblockAsync();
            Check(i, await ReadAsync(first));
            if (i == 0)
            {
                Assert.Equal(0UL, (await ReadAsync(leaving)).Index);
                leaving.Abort();
                leaving.Dispose();
            }
        }

        // Who comes now gets the last one after the others have it.
        using ClientWebSocket late = await ConnectAsync(chain, $"?block_number=1&flashblock_index={Flashblocks - 2}");
        Check(Flashblocks - 1, await ReadAsync(late));
        chain.Drain();
        for (ulong i = 0; i < Flashblocks; i++)
        {
            Check(i, await ReadAsync(second));
        }

        foreach (ClientWebSocket reader in (ClientWebSocket[])[first, second])
        {
            WebSocketReceiveResult closed = await reader.ReceiveAsync(new byte[1024], Token);
            Assert.Equal((WebSocketMessageType.Close, WebSocketCloseStatus.EndpointUnavailable), (closed.MessageType, closed.CloseStatus));
        }

        static void Check(ulong index, FlashblockFrame frame)
        {
            Assert.Equal((index, index == 0), (frame.Index, frame.Base is not null));
            Assert.Equal(2, frame.Diff.Transactions.Length);
        }
    }

    [Fact]
    public async Task A_reader_that_was_at_a_gateway_ahead_of_this_one_gets_nothing_twice()
    {
        await using StatusChain chain = await StatusChain.StartAsync();
        await chain.FlashblockAsync();
        using ClientWebSocket socket = await ConnectAsync(chain, "?block_number=1&flashblock_index=1");
        await chain.FlashblockAsync();
        await chain.FlashblockAsync();
        Assert.Equal(2UL, (await ReadAsync(socket)).Index);
    }

    [Fact]
    public async Task S51_A_position_that_is_not_kept_any_more_is_told_with_the_oldest_one()
    {
        await using StatusChain chain = await StatusChain.StartAsync();
        await chain.SealAsync();
        using ClientWebSocket socket = await ConnectAsync(chain, "?block_number=0&flashblock_index=7");
        byte[] buffer = new byte[1024];
        WebSocketReceiveResult closed = await socket.ReceiveAsync(buffer, Token);
        Assert.Equal((WebSocketMessageType.Close, 4410), (closed.MessageType, (int)closed.CloseStatus!));
        Assert.Contains("1-0", closed.CloseStatusDescription, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_end_of_a_chunk_is_told_to_who_asks_for_it()
    {
        await using StatusChain chain = await StatusChain.StartAsync();
        using ClientWebSocket socket = await ConnectAsync(chain, "?end=true&frames=text");
        await StatusChain.UntilAsync(() => chain.Services.GetRequiredService<FlashblockHub>().Count == 1);
        await chain.SealAsync();
        ulong payload = 0;
        while (true)
        {
            (string text, WebSocketMessageType type) = await ReadTextAsync(socket);
            Assert.Equal(WebSocketMessageType.Text, type);
            switch (FlashblockFraming.Read(Encoding.UTF8.GetBytes(text)))
            {
                case FrameReading.Flashblock flashblock:
                    payload = flashblock.Frame.PayloadId;
                    Assert.False(flashblock.Frame.Extension!.IsLast && flashblock.Frame.Index == 0);
                    break;
                case FrameReading.EndOfSequence end:
                    Assert.Equal(payload, end.PayloadId);
                    return;
                default:
                    Assert.Fail(text);
                    break;
            }
        }
    }

    [Theory]
    [InlineData("?block_number=1")]
    [InlineData("?block_number=x&flashblock_index=1")]
    [InlineData("?compression=zip")]
    [InlineData("?payload_id=7")]
    public async Task A_query_that_means_nothing_is_refused_before_the_upgrade(string query)
    {
        await using StatusChain chain = await StatusChain.StartAsync();
        using ClientWebSocket socket = new();
        socket.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(new Uri($"ws://{chain.Address.Authority}/flashblocks{query}"), Token));
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, socket.HttpStatusCode);
    }

    [Fact]
    public async Task A_connection_above_the_limit_of_its_address_is_refused_and_a_closed_one_gives_its_place_back()
    {
        await using StatusChain chain = await StatusChain.StartAsync(configure: builder =>
        {
            builder.Configuration["Gateway:Limits:ExemptLoopback"] = "false";
            builder.Configuration["Gateway:Limits:MaxConnectionsPerAddress"] = "2";
        });
        ClientWebSocket first = await ConnectAsync(chain, "");
        using ClientWebSocket second = await ConnectAsync(chain, "");
        using ClientWebSocket third = new();
        third.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => third.ConnectAsync(new Uri($"ws://{chain.Address.Authority}/flashblocks"), Token));
        Assert.Equal(System.Net.HttpStatusCode.TooManyRequests, third.HttpStatusCode);
        await first.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Token);
        first.Dispose();
        long start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                using ClientWebSocket again = await ConnectAsync(chain, "");
                return;
            }
            catch (WebSocketException) when (TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Token);
            }
        }
    }

    private static async Task<ClientWebSocket> ConnectAsync(StatusChain chain, string query)
    {
        ClientWebSocket socket = new();
        await socket.ConnectAsync(new Uri($"ws://{chain.Address.Authority}/flashblocks{query}"), Token);
        return socket;
    }

    private static async Task<FlashblockFrame> ReadAsync(ClientWebSocket socket)
    {
        (string text, WebSocketMessageType type) = await ReadTextAsync(socket);
        Assert.Equal(WebSocketMessageType.Binary, type);
        return Assert.IsType<FrameReading.Flashblock>(FlashblockFraming.Read(Encoding.UTF8.GetBytes(text))).Frame;
    }

    private static async Task<(string Text, WebSocketMessageType Type)> ReadTextAsync(ClientWebSocket socket)
    {
        using MemoryStream whole = new();
        byte[] buffer = new byte[1 << 16];
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        while (true)
        {
            WebSocketReceiveResult part = await socket.ReceiveAsync(buffer, deadline.Token);
            Assert.True(part.MessageType != WebSocketMessageType.Close, part.CloseStatusDescription);
            whole.Write(buffer, 0, part.Count);
            if (part.EndOfMessage)
            {
                return (Encoding.UTF8.GetString(whole.ToArray()), part.MessageType);
            }
        }
    }
}
