using Cloud.Gateway.Subscriptions;
using Cloud.Protocol.Blocks;
using Cloud.Replica.Chains;

namespace Cloud.Gateway.Tests.Subscriptions;

public sealed class RecentBlocksTests
{
    [Fact]
    public void Settled_blocks_are_forgotten_and_those_above_are_not()
    {
        RecentBlocks recent = new();
        ExecutedBlock[] blocks = [.. Enumerable.Range(1, 5).Select(number => Block((ulong)number))];
        foreach (ExecutedBlock block in blocks)
        {
            recent.Add(block);
        }

        recent.ForgetThrough(3);
        Assert.Equal([false, false, false, true, true], blocks.Select(block => recent.Find(block.Hash) is not null));
        recent.ForgetThrough(9);
        Assert.All(blocks, block => Assert.Null(recent.Find(block.Hash)));
    }

    private static ExecutedBlock Block(ulong number)
    {
        BlockHeader header = new() { Number = number };
        return new ExecutedBlock { Header = header, Hash = header.ComputeHash(), State = MemoryState.Empty };
    }
}
