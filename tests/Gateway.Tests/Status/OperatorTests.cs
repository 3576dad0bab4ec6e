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
    [InlineData("GET", "usage")]
    [InlineData("POST", "webhooks")]
    [InlineData("DELETE", "webhooks/any")]
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
    public async Task A_web_hook_is_made_listed_and_deleted_by_the_key_that_may_and_its_secret_is_told_once_and_kept_over_a_restart()
    {
        string file = Path.GetTempFileName();
        File.Delete(file);
        try
        {
            await using (StatusChain chain = await StartAsync(webhooks: file))
            {
                string owner = (await SendAsync(chain, "POST", "keys", Key, """{"id":"shop","scopes":["webhooks"]}""")).Answer.GetProperty("secret").GetString()!;
                string other = (await SendAsync(chain, "POST", "keys", Key, """{"id":"bank","scopes":["webhooks"]}""")).Answer.GetProperty("secret").GetString()!;
                (HttpStatusCode status, JsonElement made) = await SendAsync(chain, "POST", "webhooks", owner, """{"id":"orders","url":"https://example.org/events","types":["tip"]}""");
                Assert.Equal(HttpStatusCode.OK, status);
                string secret = made.GetProperty("secret").GetString()!;
                Assert.True(secret.Length >= 32);
                JsonElement listed = (await SendAsync(chain, "GET", "webhooks", owner)).Answer;
                Assert.Equal(["orders"], listed.EnumerateArray().Select(hook => hook.GetProperty("id").GetString()!));
                Assert.Equal("shop", listed[0].GetProperty("owner").GetString());
                Assert.DoesNotContain(secret, listed.ToString(), StringComparison.Ordinal);
                Assert.DoesNotContain(secret, (await SendAsync(chain, "GET", "audit", Key)).Answer.ToString(), StringComparison.Ordinal);

                // Another tenant's hook is as good as none.
                Assert.Equal(0, (await SendAsync(chain, "GET", "webhooks", other)).Answer.GetArrayLength());
                Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(chain, "DELETE", "webhooks/orders", other)).Status);
                Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(chain, "POST", "webhooks/orders/enable", other)).Status);
                Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(chain, "POST", "webhooks", other, """{"id":"orders","url":"https://example.org/"}""")).Status);
                Assert.Contains(secret, await File.ReadAllTextAsync(file, Token), StringComparison.Ordinal);
                Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
            }

            await using StatusChain again = await StartAsync(webhooks: file);
            Assert.Equal(1, (await SendAsync(again, "GET", "webhooks", Key)).Answer.GetArrayLength());
            Assert.Equal(HttpStatusCode.OK, (await SendAsync(again, "POST", "webhooks/orders/enable", Key)).Status);
            Assert.Equal(HttpStatusCode.OK, (await SendAsync(again, "DELETE", "webhooks/orders", Key)).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(again, "DELETE", "webhooks/orders", Key)).Status);
            Assert.Equal("[]", await File.ReadAllTextAsync(file, Token));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("""{"id":"a","url":"http://example.org/"}""", "url")]
    [InlineData("""{"id":"a","url":"https://127.0.0.1/"}""", "url")]
    [InlineData("""{"id":"a","url":"https://[::1]/"}""", "url")]
    [InlineData("""{"id":"a","url":"https://169.254.169.254/latest"}""", "url")]
    [InlineData("""{"id":"a","url":"https://2130706433/"}""", "url")]
    [InlineData("""{"id":"a","url":"https://name:word@example.org/"}""", "url")]
    [InlineData("""{"id":"a","url":"file:///etc/passwd"}""", "url")]
    [InlineData("""{"id":"a"}""", "url")]
    [InlineData("""{"id":"../a","url":"https://example.org/"}""", "id")]
    [InlineData("""{"url":"https://example.org/"}""", "id")]
    [InlineData("""{"id":"a","url":"https://example.org/","secret":"short"}""", "secret")]
    [InlineData("""{"id":"a","url":"https://example.org/","types":["weather"]}""", "types")]
    [InlineData("[1", "body")]
    [InlineData("", "body")]
    public async Task A_web_hook_that_cannot_be_is_refused_with_the_part_that_is_wrong(string body, string parameter)
    {
        await using StatusChain chain = await StartAsync();
        (HttpStatusCode status, JsonElement problem) = await SendAsync(chain, "POST", "webhooks", Key, body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(parameter, problem.GetProperty("parameter").GetString());
        Assert.Equal(0, (await SendAsync(chain, "GET", "webhooks", Key)).Answer.GetArrayLength());
    }

    [Fact]
    public async Task As_many_web_hooks_as_a_key_may_make_are_made_and_the_bound_is_named()
    {
        await using StatusChain chain = await StartAsync();
        for (int i = 0; i < 16; i++)
        {
            Assert.Equal(HttpStatusCode.OK, (await SendAsync(chain, "POST", "webhooks", Key, $$"""{"id":"hook-{{i}}","url":"https://example.org/"}""")).Status);
        }

        (HttpStatusCode status, JsonElement problem) = await SendAsync(chain, "POST", "webhooks", Key, """{"id":"one-more","url":"https://example.org/"}""");
        Assert.Equal(HttpStatusCode.TooManyRequests, status);
        Assert.Equal(16, problem.GetProperty("limit").GetInt32());
    }

    [Fact]
    public async Task Usage_of_a_key_is_counted_and_its_quota_refuses_with_the_limit_and_the_time_of_its_reset_and_holds_over_a_restart()
    {
        string file = Path.GetTempFileName();
        string keys = Path.GetTempFileName();
        File.Delete(file);
        File.Delete(keys);
        try
        {
            string secret;
            await using (StatusChain chain = await StartAsync(usage: file, keys: keys))
            {
                secret = (await SendAsync(chain, "POST", "keys", Key, """{"id":"wallet","scopes":["rpc"],"perDay":3}""")).Answer.GetProperty("secret").GetString()!;
                Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(chain, "POST", "keys", Key, """{"id":"none","perMonth":0}""")).Status);
                for (int i = 0; i < 3; i++)
                {
                    Assert.Equal(HttpStatusCode.OK, (await AskAsync(chain, secret)).Status);
                }

                (HttpStatusCode status, string answer, TimeSpan? retryAfter) = await AskAsync(chain, secret);
                Assert.Equal(HttpStatusCode.TooManyRequests, status);
                Assert.Contains("quota exceeded: the key wallet has 3 units a day; it resets at ", answer, StringComparison.Ordinal);
                Assert.Contains("T00:00:00Z", answer, StringComparison.Ordinal);
                Assert.InRange(retryAfter!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
                JsonElement usage = (await SendAsync(chain, "GET", "usage", Key)).Answer.EnumerateArray().Single(one => one.GetProperty("id").GetString() == "wallet");
                Assert.Equal(3, usage.GetProperty("day").GetProperty("units").GetDouble());
                Assert.Equal(3, usage.GetProperty("day").GetProperty("quota").GetInt64());
                Assert.Equal(1, usage.GetProperty("day").GetProperty("refused").GetInt64());
                Assert.Equal(3, usage.GetProperty("total").GetProperty("requests").GetInt64());
                Assert.DoesNotContain(secret, usage.ToString(), StringComparison.Ordinal);
            }

            await using StatusChain again = await StartAsync(usage: file, keys: keys);
            Assert.Equal(HttpStatusCode.TooManyRequests, (await AskAsync(again, secret)).Status);
        }
        finally
        {
            File.Delete(file);
            File.Delete(keys);
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

    private static Task<StatusChain> StartAsync(string audit = "", string webhooks = "", string usage = "", string keys = "") => StatusChain.StartAsync(configure: builder =>
    {
        builder.Configuration["Gateway:Keys:OperatorKey"] = Key;
        builder.Configuration["Gateway:Keys:AuditFile"] = audit;
        builder.Configuration["Gateway:Keys:UsageFile"] = usage;
        builder.Configuration["Gateway:Keys:File"] = keys;
        builder.Configuration["Gateway:Webhooks:File"] = webhooks;
    });

    private static async Task<(HttpStatusCode Status, string Answer, TimeSpan? RetryAfter)> AskAsync(StatusChain chain, string key)
    {
        using StringContent request = new("""{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}""", Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await chain.Http.PostAsync($"/rpc/{key}", request, Token);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Token), response.Headers.RetryAfter?.Delta);
    }

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
