using Cloud.Settlement.JsonRpc;
using Cloud.Settlement.Tests.Support;

namespace Cloud.Settlement.Tests.L1;

public sealed class HeadSignalsTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(20);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_head_signals_at_once()
    {
        Anvil anvil = await Anvil.StartAsync();
        try
        {
            HeadSignals signals = new(WebSocketOf(anvil), Long, Short, TimeProvider.System);
            await using IAsyncEnumerator<bool> pushed = signals.SignalsAsync(Cancel).GetAsyncEnumerator(Cancel);
            for (int i = 0; i < 3; i++)
            {
                Assert.True(await NextWhileMiningAsync(anvil, pushed));
            }
        }
        finally
        {
            await anvil.DisposeAsync();
        }
    }

    [Fact]
    public async Task Without_a_subscription_or_with_a_broken_one_the_interval_signals()
    {
        foreach (Uri? address in (Uri?[])[null, new Uri("ws://127.0.0.1:9")])
        {
            HeadSignals signals = new(address, Short, Short, TimeProvider.System);
            int count = 0;
            await foreach (bool pushed in signals.SignalsAsync(Cancel))
            {
                Assert.False(pushed);
                if (++count == 5)
                {
                    break;
                }
            }

            Assert.Equal(5, count);
        }
    }

    [Fact]
    public async Task The_sequence_ends_with_its_token()
    {
        using CancellationTokenSource source = new();
        HeadSignals signals = new(new Uri("ws://127.0.0.1:9"), Long, Long, TimeProvider.System);
        await using IAsyncEnumerator<bool> sequence = signals.SignalsAsync(source.Token).GetAsyncEnumerator(Cancel);
        ValueTask<bool> next = sequence.MoveNextAsync();
        await source.CancelAsync();
        Assert.False(await next);
    }

    private static Uri WebSocketOf(Anvil anvil) => new UriBuilder(anvil.Address) { Scheme = "ws" }.Uri;

    /// <summary>Mines until a signal comes: the subscription may not be there for the first blocks.</summary>
    private static async Task<bool> NextWhileMiningAsync(Anvil anvil, IAsyncEnumerator<bool> signals)
    {
        Task<bool> next = signals.MoveNextAsync().AsTask();
        while (!next.IsCompleted)
        {
            await anvil.AskAsync("evm_mine");
            await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Cancel));
        }

        return await next && signals.Current;
    }
}
