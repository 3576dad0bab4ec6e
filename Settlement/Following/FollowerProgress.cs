using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Following;

/// <summary>How far a follower is.</summary>
/// <param name="L1Block">Height of the last L1 block that was read.</param>
/// <param name="L1Behind">L1 blocks that are not read yet.</param>
/// <param name="Number">Number of the last checkpoint that was followed.</param>
/// <param name="Waiting">Checkpoints that were seen and not looked at yet.</param>
/// <param name="Block">Height of the last L2 block.</param>
/// <param name="StateRoot">Its state root.</param>
/// <param name="Chunks">Chunks executed since the start.</param>
/// <param name="Transactions">Transactions executed since the start.</param>
public sealed record FollowerProgress(ulong L1Block, ulong L1Behind, ulong Number, int Waiting, ulong Block, Hash256 StateRoot, ulong Chunks, ulong Transactions)
{
    /// <summary>Whether everything that L1 shows is followed.</summary>
    public bool IsCaughtUp => L1Behind == 0 && Waiting == 0;
}
