using Cloud.Protocol.Primitives;
using Orleans.Concurrency;

namespace Cloud.Grains.Interfaces.Archives;

/// <summary>Where things are: which chunk has a block, and the tips as the silos report them. There is one; its key is that of <see cref="GrainKeys.Archive"/>.</summary>
[Alias("IArchiveGrain")]
public interface IArchiveGrain : IGrainWithStringKey
{
    /// <summary>A chunk exists.</summary>
    /// <param name="place">Where.</param>
    /// <returns>When it is noted.</returns>
    [Alias("Note")]
    Task Note(BlockPlace place);

    /// <summary>A silo's replica moved its tips.</summary>
    /// <param name="silo">Name of the silo.</param>
    /// <param name="tips">Its tips.</param>
    /// <returns>When it is noted.</returns>
    [Alias("Report")]
    Task Report(string silo, TipsView tips);

    /// <summary>Where a block is.</summary>
    /// <param name="blockHash">Hash of the block.</param>
    /// <returns>Null where it is not known, or forgotten.</returns>
    [Alias("Find")]
    [ReadOnly]
    Task<BlockPlace?> Find(Hash256 blockHash);

    /// <summary>The tips: of every view the highest one that a majority of the silos has reached, as far as they agree.</summary>
    /// <returns>Null before the first report.</returns>
    [Alias("Tips")]
    [ReadOnly]
    Task<TipsView?> Tips();
}
