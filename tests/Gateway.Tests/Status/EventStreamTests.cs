using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Tests.Status;

public sealed class EventStreamTests
{
    private readonly SchemaCheck _schemas = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_event_has_the_schema_of_its_name_and_tells_what_happened()
    {
        await using StatusChain chain = await StatusChain.StartAsync();
        Hash256 hash = chain.Transfer(0, 0).Hash;
        await using EventReader reader = await EventReader.OpenAsync(chain, "?types=transaction,flashblock,chunk,slot,tip,checkpoint");
        await chain.SendAsync(chain.Transfer(0, 0));
        await chain.FlashblockAsync();
        await chain.SealAsync();
        await chain.CertifyAsync();
        CheckpointHeader header = await chain.ProposeCheckpointAsync();
        await chain.L1BlockAsync();
        await chain.LandAsync(header);
        await chain.FinalizeAsync();
        List<string> states = [];
        HashSet<string> names = [];
        long sequence = 0;
        while (states.Count == 0 || states[^1] != "finalized")
        {
            (string? id, string name, JsonElement data) = await reader.NextAsync();
            _schemas.Matches(SchemaOf(name), data);
            names.Add(name);
            if (id is not null)
            {
                long own = long.Parse(id.Split('-')[1], System.Globalization.CultureInfo.InvariantCulture);
                Assert.True(own > sequence, $"{id} after {sequence}");
                sequence = own;
            }

            if (name == "transaction")
            {
                Assert.Equal(hash.ToString(), data.GetProperty("hash").GetString());
                states.Add(data.GetProperty("state").GetString()!);
            }
        }

        Assert.Equal(["pending", "preconfirmed", "proposed", "attested", "checkpointed", "proven", "finalized"], states);
        Assert.Superset(new HashSet<string> { "flashblock", "chunk", "tip", "checkpoint" }, names);
    }

    [Fact]
    public async Task A_reader_that_comes_back_with_its_last_id_misses_nothing_and_gets_nothing_twice()
    {
        await using StatusChain chain = await StatusChain.StartAsync();
        List<string> whole = [];
        List<string> parts = [];
        await using EventReader all = await EventReader.OpenAsync(chain, "?types=tip");
        string? last = null;
        for (int i = 0; i < 3; i++)
        {
            await using (EventReader part = await EventReader.OpenAsync(chain, last is null ? "?types=tip" : $"?types=tip&after={last}"))
            {
                await chain.SealAsync();
                last = await CollectAsync(part, parts, until: (i * 2) + 1);
            }

            await chain.SealAsync();
        }

        await using EventReader end = await EventReader.OpenAsync(chain, $"?types=tip&after={last}");
        await CollectAsync(end, parts, until: 6);
        await CollectAsync(all, whole, until: 6);
        Assert.Equal(whole, parts);

        async Task<string?> CollectAsync(EventReader reader, List<string> into, int until)
        {
            string? lastId = null;
            while (into.Count < until)
            {
                (string? id, string name, JsonElement _) = await reader.NextAsync();
                if (id is not null)
                {
                    into.Add($"{id} {name}");
                    lastId = id;
                }
            }

            return lastId;
        }
    }

    [Theory]
    [InlineData("zzzz-1", "other-log")]
    [InlineData("LOG-999999", "unknown-id")]
    public async Task Who_cannot_resume_is_told_so_first(string after, string reason)
    {
        await using StatusChain chain = await StatusChain.StartAsync();
        string log = (await chain.GetAsync("/api/v1/overview")).GetProperty("lastEventId").GetString()!.Split('-')[0];
        await using EventReader reader = await EventReader.OpenAsync(chain, $"?after={after.Replace("LOG", log, StringComparison.Ordinal)}");
        (string? id, string name, JsonElement data) = await reader.NextAsync();
        _schemas.Matches("ResetEvent", data);
        Assert.Equal((null, "reset", reason), (id, name, data.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task Named_transactions_come_with_their_present_state_first_and_no_others()
    {
        await using StatusChain chain = await StatusChain.StartAsync();
        Hash256 mine = await chain.SendAsync(chain.Transfer(0, 0));
        await chain.SendAsync(chain.Transfer(1, 0));
        await chain.GetUntilAsync($"/api/v1/transactions/{mine}", _ => true);
        await using EventReader reader = await EventReader.OpenAsync(chain, $"?types=heartbeat&transaction={mine}");
        (_, string name, JsonElement present) = await reader.NextAsync();
        Assert.Equal(("transaction", "pending"), (name, present.GetProperty("state").GetString()));
        await chain.ShowAsync(mine);
        while (true)
        {
            (_, name, JsonElement data) = await reader.NextAsync();
            if (name == "transaction")
            {
                Assert.Equal((mine.ToString(), "preconfirmed"), (data.GetProperty("hash").GetString(), data.GetProperty("state").GetString()));
                return;
            }
        }
    }

    [Fact]
    public async Task A_heartbeat_comes_each_second_and_names_the_newest_event()
    {
        await using StatusChain chain = await StatusChain.StartAsync();
        await using EventReader reader = await EventReader.OpenAsync(chain, "?types=broken");
        Task<(string? Id, string Name, JsonElement Data)> next = reader.NextAsync();
        while (!next.IsCompleted)
        {
            chain.Manual!.Advance(TimeSpan.FromMilliseconds(250));
            await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token));
        }

        (string? id, string name, JsonElement data) = await next;
        Assert.Equal((null, "heartbeat"), (id, name));
        _schemas.Matches("Heartbeat", data);
    }

    [Fact]
    public async Task The_same_events_come_by_web_socket_and_a_draining_gateway_says_goodbye()
    {
        await using StatusChain chain = await StatusChain.StartAsync();
        using ClientWebSocket socket = new();
        await socket.ConnectAsync(new Uri($"ws://{chain.Address.Authority}/api/v1/events/ws?types=flashblock"), Token);
        await chain.FlashblockAsync();
        JsonElement frame = await FrameAsync(socket);
        while (frame.GetProperty("event").GetString() == "heartbeat")
        {
            frame = await FrameAsync(socket);
        }

        _schemas.Matches("Event", frame);
        Assert.Equal("flashblock", frame.GetProperty("event").GetString());
        _schemas.Matches("Flashblock", frame.GetProperty("data"));
        chain.Drain();
        while (frame.GetProperty("event").GetString() != "closing")
        {
            frame = await FrameAsync(socket);
        }

        _schemas.Matches("ClosingEvent", frame.GetProperty("data"));
        Assert.Equal("shutdown", frame.GetProperty("data").GetProperty("reason").GetString());
    }

    private static string SchemaOf(string name) => name switch
    {
        "transaction" => "TransactionEvent",
        "flashblock" => "Flashblock",
        "flashblock-withdrawn" => "FlashblockWithdrawn",
        "chunk" => "Chunk",
        "slot" => "SlotSummary",
        "tip" => "TipEvent",
        "checkpoint" => "Checkpoint",
        "reorg" => "Reorg",
        "broken" => "BrokenPromise",
        "evidence" => "Evidence",
        "publisher" => "Publisher",
        "health" => "Health",
        "heartbeat" => "Heartbeat",
        "reset" => "ResetEvent",
        _ => "ClosingEvent",
    };

    private static async Task<JsonElement> FrameAsync(ClientWebSocket socket)
    {
        using MemoryStream whole = new();
        byte[] buffer = new byte[1 << 16];
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(TimeSpan.FromSeconds(60));
        WebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(buffer, deadline.Token);
            whole.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        using JsonDocument document = JsonDocument.Parse(whole.ToArray());
        return document.RootElement.Clone();
    }

    private sealed class EventReader(HttpResponseMessage response, StreamReader lines) : IAsyncDisposable
    {
        public static async Task<EventReader> OpenAsync(StatusChain chain, string query)
        {
            HttpResponseMessage response = await chain.Http.GetAsync($"/api/v1/events{query}", HttpCompletionOption.ResponseHeadersRead, Token);
            Assert.True(response.IsSuccessStatusCode, await (response.IsSuccessStatusCode ? Task.FromResult("") : response.Content.ReadAsStringAsync(Token)));
            Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
            return new EventReader(response, new StreamReader(await response.Content.ReadAsStreamAsync(Token), Encoding.UTF8));
        }

        public async Task<(string? Id, string Name, JsonElement Data)> NextAsync()
        {
            string? id = null;
            string? name = null;
            string? data = null;
            using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
            deadline.CancelAfter(TimeSpan.FromSeconds(60));
            while (true)
            {
                string line = await lines.ReadLineAsync(deadline.Token) ?? throw new EndOfStreamException();
                if (line.Length == 0)
                {
                    if (name is not null)
                    {
                        using JsonDocument document = JsonDocument.Parse(data!);
                        return (id, name, document.RootElement.Clone());
                    }

                    continue;
                }

                int colon = line.IndexOf(": ", StringComparison.Ordinal);
                (id, name, data) = line[..colon] switch
                {
                    "id" => (line[(colon + 2)..], name, data),
                    "event" => (id, line[(colon + 2)..], data),
                    "data" => (id, name, line[(colon + 2)..]),
                    _ => (id, name, data),
                };
            }
        }

        public ValueTask DisposeAsync()
        {
            lines.Dispose();
            response.Dispose();
            return default;
        }
    }
}
