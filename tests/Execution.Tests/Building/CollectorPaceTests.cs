using Cloud.Execution.Building;

namespace Cloud.Execution.Tests.Building;

/// <summary>Against a collector that comes by itself after a fixed amount of memory.</summary>
public sealed class CollectorPaceTests
{
    private const long MiB = 1 << 20;

    private long _allocated;
    private long _sinceCollection;
    private int _collections;
    private int _own;

    [Fact]
    public void Once_it_knows_when_the_collector_comes_it_comes_between_flashblocks()
    {
        CollectorPace pace = Pace();
        int late = 0;
        for (int flashblock = 0; flashblock < 1_000; flashblock++)
        {
            int before = _collections;
            Allocate(3 * MiB, budget: 64 * MiB);
            late += _collections - before;
            pace.FlashblockEnded();
        }

        // The first one nobody can foresee, and to find out whether there is more room some come too late later on.
        Assert.InRange(late, 1, 10);
        Assert.InRange(_own, 40, 100);
    }

    [Fact]
    public void A_process_that_allocates_little_is_left_alone()
    {
        CollectorPace pace = Pace();
        for (int flashblock = 0; flashblock < 1_000; flashblock++)
        {
            Allocate(10_000, budget: 256 * MiB);
            pace.FlashblockEnded();
        }

        Assert.Equal(0, _own);
    }

    [Fact]
    public void More_room_is_found_out()
    {
        CollectorPace pace = Pace();
        for (int flashblock = 0; flashblock < 1_000; flashblock++)
        {
            Allocate(2 * MiB, budget: 16 * MiB);
            pace.FlashblockEnded();
        }

        int narrow = _own;
        for (int flashblock = 0; flashblock < 1_000; flashblock++)
        {
            Allocate(2 * MiB, budget: 256 * MiB);
            pace.FlashblockEnded();
        }

        Assert.True(narrow > 100, $"{narrow}");
        Assert.InRange(_own - narrow, 1, narrow / 2);
    }

    private CollectorPace Pace() => new(
        () => _allocated,
        () => _collections,
        () =>
        {
            _own++;
            _collections++;
            _sinceCollection = 0;
        });

    private void Allocate(long bytes, long budget)
    {
        _allocated += bytes;
        _sinceCollection += bytes;
        if (_sinceCollection >= budget)
        {
            _collections++;
            _sinceCollection = 0;
        }
    }
}
