using Cloud.Settlement.L1;
using Cloud.Settlement.Tests.Support;

namespace Cloud.Settlement.Tests.L1;

public sealed class L1HeadTrackerTests : IAsyncLifetime
{
    private Anvil _anvil = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _anvil = await Anvil.StartAsync();

    public ValueTask DisposeAsync() => _anvil.DisposeAsync();

    [Fact]
    public async Task New_blocks_are_added_in_order_and_none_is_skipped()
    {
        L1HeadTracker tracker = new(_anvil.Client);
        L1HeadChange first = (await tracker.PollAsync(Cancel)).Require();
        Assert.True(first.IsComplete);
        await _anvil.AskAsync("anvil_mine", 5);
        L1HeadChange change = (await tracker.PollAsync(Cancel)).Require();
        Assert.Equal([1UL, 2UL, 3UL, 4UL, 5UL], change.Added.Select(block => block.Number));
        Assert.Empty(change.Removed);
        Assert.Equal(await _anvil.HeadAsync(), tracker.Head);
        L1HeadChange nothing = (await tracker.PollAsync(Cancel)).Require();
        Assert.Empty(nothing.Added);
        Assert.Empty(nothing.Removed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_reorg_is_seen_by_its_hashes(int depth)
    {
        L1HeadTracker tracker = new(_anvil.Client);
        await _anvil.AskAsync("anvil_mine", 10);
        await tracker.PollAsync(Cancel);
        await _anvil.AskAsync("anvil_mine", 4);
        L1HeadChange before = (await tracker.PollAsync(Cancel)).Require();
        await _anvil.AskAsync("anvil_reorg", depth, new System.Text.Json.Nodes.JsonArray());
        L1HeadChange change = (await tracker.PollAsync(Cancel)).Require();
        Assert.Equal(before.Added.Reverse().Take(depth), change.Removed);
        Assert.Equal(depth, change.Added.Length);
        Assert.NotEqual(before.Added[^1].Hash, change.Added[^1].Hash);
        Assert.Equal(change.Added[^1], tracker.Head);
        Assert.True(change.IsComplete);
    }

    [Fact]
    public async Task A_chain_that_only_became_shorter_is_seen_too()
    {
        L1HeadTracker tracker = new(_anvil.Client);
        await _anvil.AskAsync("anvil_mine", 3);
        await tracker.PollAsync(Cancel);
        await _anvil.AskAsync("anvil_mine", 4);
        await tracker.PollAsync(Cancel);
        await _anvil.AskAsync("anvil_rollback", 3);
        L1HeadChange change = (await tracker.PollAsync(Cancel)).Require();
        Assert.Equal([7UL, 6UL, 5UL], change.Removed.Select(block => block.Number));
        Assert.Empty(change.Added);
        Assert.Equal(4UL, tracker.Head!.Number);
    }

    [Fact]
    public async Task A_reorg_deeper_than_what_is_remembered_says_so()
    {
        L1HeadTracker tracker = new(_anvil.Client, depth: 4);
        await _anvil.AskAsync("anvil_mine", 3);
        await tracker.PollAsync(Cancel);
        await _anvil.AskAsync("anvil_mine", 3);
        await tracker.PollAsync(Cancel);
        await _anvil.AskAsync("anvil_mine", 20);
        Assert.False((await tracker.PollAsync(Cancel)).Require().IsComplete);
        Assert.Equal(26UL, tracker.Head!.Number);
        await _anvil.AskAsync("anvil_mine", 1);
        Assert.True((await tracker.PollAsync(Cancel)).Require().IsComplete);
    }
}
