using System.Diagnostics;
using System.Globalization;
using Cloud.Execution.State;

namespace Cloud.Execution.Tests.State;

/// <summary>A process is killed while it flattens blocks. STATE_TESTS_KILLS sets how often: 200 is the long run.</summary>
public sealed class WorldStateCrashTests
{
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("STATE_TESTS_KILLS") ?? "4", CultureInfo.InvariantCulture);
    private static readonly WorldStateOptions Options = new() { MaxCachedNodes = 100, HistoryBlocks = 64, MapSize = 1 << 20 };

    [Fact]
    public void After_a_kill_at_any_moment_the_state_is_that_of_a_block_and_no_flattened_block_is_lost()
    {
        using TemporaryFolder folder = new();
        // Both processes make the same blocks, each from its number alone, so that the test knows every root.
        PlainState plain = new();
        ulong at = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            ulong reported = RunAndKill(folder.Path, kill);
            using WorldState world = WorldState.Open(folder.Path, Options);
            Assert.True(world.Flattened.BlockNumber >= reported, $"block {reported} was reported, and the state is at {world.Flattened.BlockNumber}");
            for (; at < world.Flattened.BlockNumber; at++)
            {
                plain = plain.With(BlockChanges(plain, at + 1));
            }

            Assert.Equal(plain.Root(), world.Flattened.StateRoot);
            world.Verify();
        }
    }

    internal static void FlattenForever(string folder)
    {
        using WorldState world = WorldState.Open(folder, Options);
        PlainState plain = new();
        for (ulong number = 1; number <= world.Flattened.BlockNumber; number++)
        {
            plain = plain.With(BlockChanges(plain, number));
        }

        StateLayer tip = world.Flattened;
        while (true)
        {
            // Some blocks at a time, as a checkpoint has.
            for (int i = 0; i < 3; i++)
            {
                StateChanges changes = BlockChanges(plain, tip.BlockNumber + 1);
                plain = plain.With(changes);
                tip = tip.TryExtend(changes, tip.BlockNumber + 1)!;
            }

            world.TryFlatten(tip, default);
            Console.Out.WriteLine(tip.BlockNumber);
            Console.Out.Flush();
        }
    }

    private static StateChanges BlockChanges(PlainState plain, ulong number) => RandomChanges.Make(new Random((int)number), plain);

    private static ulong RunAndKill(string folder, int seed)
    {
        using Process child = StateChildProcess.Start(folder);
        int lines = new Random(seed).Next(1, 40);
        ulong reported = 0;
        for (int i = 0; i < lines; i++)
        {
            reported = ulong.Parse(child.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The child ended by itself."), CultureInfo.InvariantCulture);
        }

        child.Kill();
        string rest = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        foreach (string line in rest[..(rest.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            reported = ulong.Parse(line, CultureInfo.InvariantCulture);
        }

        return reported;
    }
}
