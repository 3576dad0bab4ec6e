using Cloud.Settlement.L1;
using Cloud.Testing.L1;

namespace Cloud.Testing.Tests;

[Trait("Category", "EndToEnd")]
public sealed class LocalL1Tests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("local-l1-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_state_that_a_full_disk_cut_off_does_not_replace_the_whole_one_before_it()
    {
        Assert.SkipWhen(AnvilProcess.Find() is null, "anvil is not installed: run ./test.sh once");
        ulong first = await RunAsync(blocks: 3);
        ulong second = await RunAsync(blocks: 2);
        Assert.Equal(first + 2, second);

        // As a dump that found no room: the newest state is empty, and the one before is taken.
        await RunAsync(blocks: 1);
        await File.WriteAllTextAsync(Path.Combine(_folder, "state.ended.json"), "", TestContext.Current.CancellationToken);
        Assert.Equal(second + 4, await RunAsync(blocks: 4));
    }

    [Fact]
    public async Task What_was_kept_while_it_ran_is_there_when_it_could_not_write_at_its_end()
    {
        Assert.SkipWhen(AnvilProcess.Find() is null, "anvil is not installed: run ./test.sh once");
        ulong kept = await RunAsync(blocks: 3, keeps: true);
        await File.WriteAllTextAsync(Path.Combine(_folder, "state.ended.json"), "", TestContext.Current.CancellationToken);
        Assert.Equal(kept + 2, await RunAsync(blocks: 2));
    }

    private async Task<ulong> RunAsync(int blocks, bool keeps = false)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using LocalL1 l1 = await LocalL1.StartAsync(_folder, TimeProvider.System.GetUtcNow(), cancellationToken: token);
        for (int i = 0; i < blocks; i++)
        {
            await l1.MineAsync(token);
        }

        if (keeps)
        {
            await l1.KeepAsync(token);
        }

        return (await l1.Client.GetBlockAsync(BlockTag.Latest, token)).Require()!.Number;
    }
}
