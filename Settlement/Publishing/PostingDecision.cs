using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Publishing;

/// <summary>Whether to post a checkpoint now.</summary>
public abstract record PostingDecision
{
    private PostingDecision()
    {
    }

    /// <summary>Now: waiting is not expected to save more than it costs.</summary>
    public sealed record Post : PostingDecision;

    /// <summary>Later: prices are expected to fall by more than the delay costs, and there is time.</summary>
    /// <param name="Blocks">L1 blocks after which posting is expected to be cheapest; it is decided again at each block.</param>
    /// <param name="Saving">Wei expected to be saved, the cost of the delay taken off.</param>
    public sealed record Wait(int Blocks, UInt256 Saving) : PostingDecision;
}
