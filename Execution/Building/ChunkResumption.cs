using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Building;

/// <summary>What repeating a journaled chunk gives.</summary>
public abstract record ChunkResumption
{
    private ChunkResumption()
    {
    }

    /// <summary>Every flashblock came out as it was emitted; the builder goes on with the next index.</summary>
    /// <param name="Builder">The builder; the caller disposes of it.</param>
    /// <param name="Last">The last flashblock as it came out again; null where there was none.</param>
    public sealed record Resumed(ChunkBuilder Builder, BuiltFlashblock? Last) : ChunkResumption;

    /// <summary>A flashblock has another block hash now: the state or the context is not that of the first run. Nothing may be signed for this chunk.</summary>
    /// <param name="Index">Index of the flashblock.</param>
    /// <param name="Emitted">What was promised.</param>
    /// <param name="Computed">What came out.</param>
    public sealed record Mismatch(int Index, Hash256 Emitted, Hash256 Computed) : ChunkResumption;

    /// <summary>A journaled transaction cannot be part of the block. Nothing may be signed for this chunk.</summary>
    /// <param name="Index">Index of the flashblock.</param>
    /// <param name="Transaction">The transaction.</param>
    /// <param name="Reason">Why.</param>
    public sealed record InvalidTransaction(int Index, Hash256 Transaction, string Reason) : ChunkResumption;
}
