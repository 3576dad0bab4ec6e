using Cloud.Execution.Building;

namespace Cloud.Execution.Tests.Building;

public sealed class CollectorBoundTests
{
    private const long MiB = 1 << 20;

    private long _heap;
    private CollectedHeap _full;
    private int _collections;

    [Theory]
    [InlineData(100, 163, 0)]
    [InlineData(100, 164, 1)]
    [InlineData(400, 499, 0)]
    [InlineData(400, 500, 1)]
    public void A_heap_that_grew_by_a_quarter_and_at_least_64_MiB_is_collected(long after, long heap, int collections)
    {
        _full = new CollectedHeap(1, after * MiB);
        _heap = heap * MiB;
        Bound().ChunkEnded();
        Assert.Equal(collections, _collections);
    }

    [Fact]
    public void A_collection_is_not_asked_for_again_while_it_is_under_way()
    {
        CollectorBound bound = Bound();
        _heap = 200 * MiB;
        bound.ChunkEnded();
        bound.ChunkEnded();
        Assert.Equal(1, _collections);

        _full = new CollectedHeap(7, 150 * MiB);
        bound.ChunkEnded();
        Assert.Equal(1, _collections);
        _heap = 300 * MiB;
        bound.ChunkEnded();
        Assert.Equal(2, _collections);
    }

    private CollectorBound Bound() => new(() => _heap, () => _full, () => _collections++);
}
