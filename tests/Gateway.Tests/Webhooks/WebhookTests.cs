using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Cloud.Gateway.Status;
using Cloud.Gateway.Webhooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cloud.Gateway.Tests.Webhooks;

/// <summary>Web-hooks, posted to a real HTTP server.</summary>
public sealed class WebhookTests
{
    private const string Secret = "a-secret-of-at-least-32-characters";

    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_are_posted_in_order_and_signed_and_an_old_message_sent_again_is_not_genuine()
    {
        await using Receiver receiver = await Receiver.StartAsync(_ => 200);
        EventLog log = NewLog();
        await using Hook hook = Hook.Start(log, receiver.Address, types: [EventNames.Tip, EventNames.Broken]);
        log.Add(EventNames.Tip, new { number = 1 });
        log.Add(EventNames.Health, new { number = 2 });
        log.Add(EventNames.Broken, new { number = 3 });
        await UntilAsync(() => receiver.Messages.Count == 2);
        Assert.Equal([EventNames.Tip, EventNames.Broken], receiver.Messages.Select(message => message.Body.GetProperty("event").GetString()!));
        Assert.Equal([1, 3], receiver.Messages.Select(message => message.Body.GetProperty("data").GetProperty("number").GetInt32()));
        foreach (Message message in receiver.Messages)
        {
            Assert.Equal(message.Id, message.Body.GetProperty("id").GetString());
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            Assert.True(WebhookSignature.IsGenuine(Secret, message.Id, message.Time, message.Signature, message.Raw, now, Tolerance));
            Assert.False(WebhookSignature.IsGenuine(Secret, message.Id, message.Time, message.Signature, message.Raw, now + (2 * Tolerance), Tolerance));
            Assert.False(WebhookSignature.IsGenuine(Secret, message.Id, $"{long.Parse(message.Time) + 1}", message.Signature, message.Raw, now, Tolerance));
            Assert.False(WebhookSignature.IsGenuine(Secret, "another-id", message.Time, message.Signature, message.Raw, now, Tolerance));
            Assert.False(WebhookSignature.IsGenuine(Secret + "x", message.Id, message.Time, message.Signature, message.Raw, now, Tolerance));
            Assert.False(WebhookSignature.IsGenuine(Secret, message.Id, message.Time, message.Signature, [.. message.Raw, 32], now, Tolerance));
            Assert.False(WebhookSignature.IsGenuine(Secret, message.Id, "99999999999999999999", message.Signature, message.Raw, now, Tolerance));
        }
    }

    [Fact]
    public async Task A_failed_attempt_is_repeated_with_the_same_id_and_what_comes_after_waits()
    {
        await using Receiver receiver = await Receiver.StartAsync(number => number < 3 ? 503 : 200);
        EventLog log = NewLog();
        await using Hook hook = Hook.Start(log, receiver.Address);
        log.Add(EventNames.Tip, new { number = 1 });
        log.Add(EventNames.Tip, new { number = 2 });
        await UntilAsync(() => hook.Delivery.State.Delivered == 2);
        Assert.Equal([1, 1, 1, 1, 2], receiver.Messages.Select(message => message.Body.GetProperty("data").GetProperty("number").GetInt32()));
        Assert.Single(receiver.Messages.Take(4).Select(message => message.Id).Distinct());
        Assert.Equal("status 503", hook.Delivery.State.LastFailure);
        Assert.Equal(0, hook.Delivery.State.Failed);
    }

    [Fact]
    public async Task A_hook_that_always_fails_is_disabled_and_goes_on_with_what_it_missed_when_an_operator_enables_it()
    {
        bool isUp = false;
        await using Receiver receiver = await Receiver.StartAsync(_ => Volatile.Read(ref isUp) ? 204 : 500);
        EventLog log = NewLog();
        await using Hook hook = Hook.Start(log, receiver.Address);
        for (int number = 1; number <= 3; number++)
        {
            log.Add(EventNames.Tip, new { number });
        }

        await UntilAsync(() => hook.Delivery.State.Disabled is not null);
        Assert.Contains("2 events in a row", hook.Delivery.State.Disabled, StringComparison.Ordinal);
        Assert.Equal(2, hook.Delivery.State.Failed);
        Assert.Equal(2 * Hook.Attempts, receiver.Messages.Count);
        Volatile.Write(ref isUp, true);
        hook.Delivery.Enable();
        await UntilAsync(() => hook.Delivery.State.Delivered == 1);
        Assert.Equal(3, receiver.Messages.Last().Body.GetProperty("data").GetProperty("number").GetInt32());
        Assert.Null(hook.Delivery.State.Disabled);
    }

    [Fact]
    public async Task A_receiver_that_answers_410_gets_nothing_more_and_one_that_redirects_is_not_followed()
    {
        await using Receiver gone = await Receiver.StartAsync(_ => 410);
        await using Receiver target = await Receiver.StartAsync(_ => 200);
        await using Receiver redirecting = await Receiver.StartAsync(_ => 307, target.Address);
        EventLog log = NewLog();
        await using Hook first = Hook.Start(log, gone.Address);
        await using Hook second = Hook.Start(log, redirecting.Address);
        log.Add(EventNames.Tip, new { number = 1 });
        await UntilAsync(() => first.Delivery.State.Disabled is not null && second.Delivery.State.Failed == 1);
        Assert.Contains("410", first.Delivery.State.Disabled, StringComparison.Ordinal);
        Assert.Single(gone.Messages);
        Assert.Empty(target.Messages);
        Assert.Equal("status 307", second.Delivery.State.LastFailure);
    }

    [Fact]
    public async Task A_private_address_is_never_reached_unless_it_is_allowed()
    {
        await using Receiver receiver = await Receiver.StartAsync(_ => 200);
        EventLog log = NewLog();
        await using Hook hook = Hook.Start(log, receiver.Address, allowPrivate: false);
        await using Hook named = Hook.Start(log, new UriBuilder(receiver.Address) { Host = "localhost" }.Uri, allowPrivate: false);
        log.Add(EventNames.Tip, new { number = 1 });
        await UntilAsync(() => hook.Delivery.State.Failed == 1 && named.Delivery.State.Failed == 1);
        Assert.Empty(receiver.Messages);
        Assert.Contains("no public address", hook.Delivery.State.LastFailure, StringComparison.Ordinal);
        Assert.Contains("no public address", named.Delivery.State.LastFailure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("172.32.0.1", true)]
    [InlineData("192.168.0.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("8.8.8.8", true)]
    [InlineData("::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("2606:4700::1111", true)]
    public void An_address_is_public_or_not(string address, bool isPublic) => Assert.Equal(isPublic, PublicAddresses.Contains(IPAddress.Parse(address)));

    [Fact]
    public void Options_that_cannot_work_are_refused_with_their_names()
    {
        WebhookOptions options = new() { MaxAttempts = 0, FirstDelay = TimeSpan.FromMinutes(10) };
        options.Hooks.Add(new WebhookEntry { Id = "one", Url = "http://example.org/", Secret = "short", Types = { "weather" } });
        options.Hooks.Add(new WebhookEntry { Id = "one", Url = "https://example.org/", Secret = Secret });
        string faults = string.Join('\n', new WebhookOptionsValidator().Validate(null, options).Failures!);
        foreach (string part in (string[])["MaxAttempts", "LongestDelay", "Hooks:0:Url", "Hooks:0:Secret", "Hooks:0:Types", "Hooks:1:Id"])
        {
            Assert.Contains($"Gateway:Webhooks:{part} ", faults, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(Secret, faults, StringComparison.Ordinal);
        Assert.True(new WebhookOptionsValidator().Validate(null, new WebhookOptions()).Succeeded);
    }

    private static EventLog NewLog() => new(new StatusOptions(), TimeProvider.System);

    private static async Task UntilAsync(Func<bool> isTrue)
    {
        await Support.TestChain.UntilAsync(isTrue);
    }

    private sealed record Message(string Id, string Time, string Signature, byte[] Raw)
    {
        public JsonElement Body { get; } = JsonDocument.Parse(Raw).RootElement.Clone();
    }

    private sealed class Hook : IAsyncDisposable
    {
        public const int Attempts = 4;

        private readonly WebhookService _service;

        private Hook(WebhookService service) => _service = service;

        public WebhookDelivery Delivery => _service.Deliveries[0];

        public static Hook Start(EventLog log, Uri address, string[]? types = null, bool allowPrivate = true)
        {
            WebhookEntry entry = new() { Id = "hook", Url = address.ToString(), Secret = Secret };
            foreach (string type in types ?? [])
            {
                entry.Types.Add(type);
            }

            WebhookOptions options = new()
            {
                AllowPrivateAddresses = allowPrivate, FirstDelay = TimeSpan.FromMilliseconds(1), LongestDelay = TimeSpan.FromMilliseconds(4), MaxAttempts = Attempts, MaxFailures = 2,
                Timeout = TimeSpan.FromSeconds(60),
            };
            options.Hooks.Add(entry);
            WebhookService service = new(log, options, TimeProvider.System, NullLogger<WebhookDelivery>.Instance);
            int before = log.Streams;
            _ = service.StartAsync(Token);
            SpinWait.SpinUntil(() => log.Streams > before);
            return new Hook(service);
        }

        public async ValueTask DisposeAsync()
        {
            await _service.StopAsync(CancellationToken.None);
            _service.Dispose();
        }
    }

    private sealed class Receiver : IAsyncDisposable
    {
        private readonly ConcurrentQueue<Message> _messages = [];
        private readonly WebApplication _application;

        private Receiver(WebApplication application) => _application = application;

        public ConcurrentQueue<Message> Messages => _messages;

        public Uri Address => new(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/hook");

        public static async Task<Receiver> StartAsync(Func<int, int> status, Uri? location = null)
        {
            WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            WebApplication application = builder.Build();
            application.Urls.Add("http://127.0.0.1:0");
            Receiver receiver = new(application);
            application.MapPost("/hook", async context =>
            {
                using MemoryStream body = new();
                await context.Request.Body.CopyToAsync(body, context.RequestAborted);
                int number = receiver._messages.Count;
                receiver._messages.Enqueue(new Message(Header(WebhookSignature.IdHeader), Header(WebhookSignature.TimeHeader), Header(WebhookSignature.Header), body.ToArray()));
                context.Response.StatusCode = status(number);
                if (location is not null)
                {
                    context.Response.Headers.Location = location.ToString();
                }

                string Header(string name) => context.Request.Headers[name].ToString();
            });
            await application.StartAsync(Token);
            return receiver;
        }

        public async ValueTask DisposeAsync() => await _application.DisposeAsync();
    }
}
