using Cloud.Execution.Building;

namespace Cloud.Execution.Tests.Building;

public sealed class CollectorBoundTests
{
    private const long MiB = 1 << 20;

    private long _heap;
    private CollectedHeap _full;
    private long _free;
    private long _freeAfter;
    private int _collections;
    private int _compactions;

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

    [Theory]
    [InlineData(100, 127, 0)]
    [InlineData(100, 128, 1)]
    [InlineData(600, 299, 0)]
    [InlineData(600, 300, 1)]
    public void A_heap_with_more_holes_than_half_of_what_is_used_is_compacted_after_a_flashblock(long used, long free, int compactions)
    {
        _heap = used * MiB;
        _free = free * MiB;
        CollectorBound bound = Bound();
        bound.FlashblockEnded();
        bound.FlashblockEnded();
        Assert.Equal(compactions, _compactions);
        Assert.Equal(0, _collections);
    }

    [Fact]
    public void Holes_that_compacting_did_not_close_are_let_be_until_there_are_twice_as_many()
    {
        CollectorBound bound = Bound();
        _free = _freeAfter = 200 * MiB;
        bound.FlashblockEnded();
        _free = 399 * MiB;
        bound.FlashblockEnded();
        Assert.Equal(1, _compactions);
        _free = 400 * MiB;
        bound.FlashblockEnded();
        Assert.Equal(2, _compactions);
    }

    [Fact]
    public void A_heap_is_not_compacted_while_a_collection_that_was_asked_for_is_under_way()
    {
        CollectorBound bound = Bound();
        _heap = 200 * MiB;
        bound.ChunkEnded();
        _free = 300 * MiB;
        bound.FlashblockEnded();
        Assert.Equal(0, _compactions);
        _full = new CollectedHeap(9, 200 * MiB);
        bound.FlashblockEnded();
        Assert.Equal(1, _compactions);
    }

    private CollectorBound Bound() => new(() => _heap, () => _full, () => _free, () => _collections++, Compact);

    private void Compact()
    {
        _compactions++;
        _free = _freeAfter;
    }
}
