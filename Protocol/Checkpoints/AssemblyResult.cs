using Cloud.Protocol.Messages;

namespace Cloud.Protocol.Checkpoints;

/// <summary>What assembling a checkpoint gives.</summary>
public abstract record AssemblyResult
{
    private AssemblyResult()
    {
    }

    /// <summary>The checkpoint.</summary>
    /// <param name="Header">Its header.</param>
    /// <param name="LeftOut">Chunks at the end that are not in it: their transactions go back to the pool.</param>
    public sealed record Assembled(CheckpointHeader Header, int LeftOut) : AssemblyResult;

    /// <summary>The slot has no chunk.</summary>
    public sealed record NoChunks : AssemblyResult;

    /// <summary>Already the first chunk is not to be submitted.</summary>
    /// <param name="Standing">How it stands.</param>
    public sealed record NothingCertified(ChunkStanding Standing) : AssemblyResult;

    /// <summary>The chunks are no chain of one slot. A bug of the caller's, or of what it stored.</summary>
    /// <param name="Index">Position of the first chunk that does not fit.</param>
    public sealed record NoChain(int Index) : AssemblyResult;
}
