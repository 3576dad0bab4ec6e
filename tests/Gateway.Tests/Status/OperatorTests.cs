using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Cloud.Gateway.Tests.Status;

public sealed class OperatorTests
{
    private const string Key = "an-operator-key-of-at-least-32-characters";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "state")]
    [InlineData("GET", "keys")]
    [InlineData("POST", "keys")]
    [InlineData("DELETE", "keys/any")]
    [InlineData("GET", "validators")]
    [InlineData("GET", "validators/0x0000000000000000000000000000000000000001/ledger")]
    [InlineData("POST", "validators/0x0000000000000000000000000000000000000001/ledger")]
    [InlineData("GET", "webhooks")]
    [InlineData("POST", "webhooks/any/enable")]
    [InlineData("POST", "drain")]
    [InlineData("GET", "audit")]
    public async Task Nothing_privileged_answers_without_a_key_that_allows_it(string method, string path)
    {
        await using StatusChain chain = await StartAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(chain, method, path, null)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(chain, method, path, "pck_wrong")).Status);
        string secret = (await SendAsync(chain, "POST", "keys", Key, """{"id":"wallet","scopes":["rpc"]}""")).Answer.GetProperty("secret").GetString()!;
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(chain, method, path, secret)).Status);
        Assert.False(chain.IsDraining);
    }

    [Fact]
    public async Task A_key_is_made_used_and_removed_and_every_change_is_in_the_audit_log_without_the_secret()
    {
        string audit = Path.GetTempFileName();
        try
        {
            await using StatusChain chain = await StartAsync(audit);
            string secret = (await SendAsync(chain, "POST", "keys", Key, """{"id":"reader","scopes":["operator-read"],"perSecond":5}""")).Answer.GetProperty("secret").GetString()!;
            Assert.Equal(HttpStatusCode.OK, (await SendAsync(chain, "GET", "state", secret)).Status);
            Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(chain, "POST", "keys", Key, """{"id":"reader"}""")).Status);
            Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(chain, "POST", "keys", Key, """{"id":"../x"}""")).Status);
            Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(chain, "POST", "keys", Key, "{")).Status);
            Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(chain, "POST", "keys", Key, """{"id":"x","scopes":["all"]}""")).Status);
            Assert.Equal(HttpStatusCode.OK, (await SendAsync(chain, "DELETE", "keys/reader", Key)).Status);
            Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(chain, "GET", "state", secret)).Status);
            JsonElement entries = (await SendAsync(chain, "GET", "audit", Key)).Answer;
            Assert.Equal(["remove-key", "create-key", "create-key", "create-key", "create-key", "create-key"], [.. entries.EnumerateArray().Select(entry => entry.GetProperty("action").GetString()!)]);
            string file = await File.ReadAllTextAsync(audit, Token);
            Assert.Equal(6, file.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
            Assert.DoesNotContain(secret, file, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(audit);
        }
    }

    [Fact]
    public async Task Draining_is_told_and_shows_when_the_process_can_be_ended()
    {
        await using StatusChain chain = await StartAsync();
        JsonElement before = (await SendAsync(chain, "GET", "state", Key)).Answer;
        Assert.False(before.GetProperty("canShutdown").GetBoolean());
        Assert.Equal(1, before.GetProperty("reasons").GetArrayLength());
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(chain, "POST", "drain", Key)).Status);
        Assert.True((await SendAsync(chain, "GET", "state", Key)).Answer.GetProperty("canShutdown").GetBoolean());
        using HttpResponseMessage stream = await chain.Http.GetAsync("/api/v1/events", Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, stream.StatusCode);
    }

    [Fact]
    public async Task The_metrics_have_every_instrument_of_this_product_that_dashboards_and_alerts_name()
    {
        string? root = Tools.Root;
        Assert.SkipWhen(root is null, "the tests run outside the repository");
        await using StatusChain chain = await StartAsync();
        await chain.SendAsync(chain.Transfer(0, 0));
        await StatusApiTests.ClimbAsync(chain);
        await StatusChain.UntilAsync(() => chain.Node.View.Tips.Finalized.Number > 0);
        string text = await chain.Http.GetStringAsync("/metrics", Token);
        string[] files = [.. Directory.GetFiles(Path.Combine(root!, "infra/monitoring")).Where(file => file.EndsWith(".json", StringComparison.Ordinal) || file.EndsWith("alerts.yaml", StringComparison.Ordinal))];
        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            foreach (Match name in Regex.Matches(await File.ReadAllTextAsync(file, Token), @"\bpreconf_[a-z_]+", RegexOptions.CultureInvariant))
            {
                string instrument = Regex.Replace(name.Value, "_(bucket|sum|count)$", "", RegexOptions.CultureInvariant);
                Assert.Contains($"# TYPE {instrument} ", text, StringComparison.Ordinal);
            }
        }

        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Assert.Matches(@"^(# (HELP|TYPE) [a-z_]\S* .*|[a-zA-Z_]\w*(\{.*\})? -?[0-9.eE+-]+)$", line);
        }

        Assert.Contains("preconf_rung_duration_seconds_count{rung=\"preconfirmed\"} ", text, StringComparison.Ordinal);
    }

    private static Task<StatusChain> StartAsync(string audit = "") => StatusChain.StartAsync(configure: builder =>
    {
        builder.Configuration["Gateway:Keys:OperatorKey"] = Key;
        builder.Configuration["Gateway:Keys:AuditFile"] = audit;
    });

    private static async Task<(HttpStatusCode Status, JsonElement Answer)> SendAsync(StatusChain chain, string method, string path, string? key, string? body = null)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), $"/operator/v1/{path}");
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await chain.Http.SendAsync(request, Token);
        string text = await response.Content.ReadAsStringAsync(Token);
        using JsonDocument document = JsonDocument.Parse(text);
        return (response.StatusCode, document.RootElement.Clone());
    }
}
