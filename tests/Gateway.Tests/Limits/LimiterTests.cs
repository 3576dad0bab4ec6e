using System.Net;
using Cloud.Gateway.JsonRpc;
using Cloud.Gateway.Limits;
using Cloud.Gateway.Tests.Support;

namespace Cloud.Gateway.Tests.Limits;

public sealed class LimiterTests
{
    private static readonly RateLimit Limit = new(10, 100);

    [Fact]
    public void A_bucket_refills_to_its_burst_and_no_further()
    {
        ManualTime time = new();
        ClientLimiter limiter = new(time);
        Assert.True(limiter.TryTake("a", Limit, 100, out _));
        time.Advance(TimeSpan.FromHours(1));
        Assert.True(limiter.TryTake("a", Limit, 100, out _));
        Assert.False(limiter.TryTake("a", Limit, 1, out TimeSpan wait));
        Assert.Equal(TimeSpan.FromMilliseconds(100), wait);
    }

    [Fact]
    public void More_clients_than_can_be_kept_do_not_grow_the_table()
    {
        ManualTime time = new();
        ClientLimiter limiter = new(time, maxClients: 10);
        for (int i = 0; i < 10; i++)
        {
            Assert.True(limiter.TryTake($"{i}", Limit, 50, out _));
        }

        Assert.False(limiter.TryTake("new", Limit, 1, out TimeSpan wait));
        Assert.True(wait > TimeSpan.Zero);
        time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(limiter.TryTake("new", Limit, 1, out _));
        Assert.Equal(1, limiter.Count);
    }

    [Fact]
    public void Customers_with_a_whole_ipv6_network_are_one_client()
    {
        Assert.Equal(
            ClientId.Of(IPAddress.Parse("2001:db8:1:2:3::1")).Partition,
            ClientId.Of(IPAddress.Parse("2001:db8:1:2:ffff::9")).Partition);
        Assert.NotEqual(ClientId.Of(IPAddress.Parse("2001:db8:1:2::")).Partition, ClientId.Of(IPAddress.Parse("2001:db8:1:3::")).Partition);
        Assert.Equal(ClientId.Of(IPAddress.Parse("192.0.2.1")).Partition, ClientId.Of(IPAddress.Parse("::ffff:192.0.2.1")).Partition);
    }

    [Fact]
    public void Connections_are_counted_by_address_and_in_all()
    {
        ConnectionLimiter limiter = new(new LimitOptions { MaxConnections = 3, MaxConnectionsPerAddress = 2 });
        ClientId a = ClientId.Of(IPAddress.Parse("192.0.2.1"));
        ClientId b = ClientId.Of(IPAddress.Parse("192.0.2.2"));
        IDisposable first = limiter.TryOpen(in a, out _)!;
        Assert.NotNull(limiter.TryOpen(in a, out _));
        Assert.Null(limiter.TryOpen(in a, out string? perAddress));
        Assert.Equal("too many connections from 192.0.2.1: at most 2", perAddress);
        Assert.NotNull(limiter.TryOpen(in b, out _));
        Assert.Null(limiter.TryOpen(in b, out string? inAll));
        Assert.Equal("too many connections: at most 3 are served", inAll);
        first.Dispose();
        first.Dispose();
        Assert.Equal(2, limiter.Count);
        Assert.NotNull(limiter.TryOpen(in a, out _));
    }

    [Fact]
    public void Options_name_what_is_wrong_with_them()
    {
        Assert.Contains("Gateway:Rpc:MaxBatch is 0, and must be from 1 to 10000.", new RpcOptionsValidator().Validate(null, new RpcOptions { MaxBatch = 0 }).FailureMessage, StringComparison.Ordinal);
        Assert.Contains("Gateway:Limits:AddressBurst must be", new LimitOptionsValidator().Validate(null, new LimitOptions { AddressBurst = double.NaN }).FailureMessage, StringComparison.Ordinal);
        Assert.True(new RpcOptionsValidator().Validate(null, new RpcOptions()).Succeeded);
        Assert.True(new LimitOptionsValidator().Validate(null, new LimitOptions()).Succeeded);
    }
}
