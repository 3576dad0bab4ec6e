using Cloud.Protocol.Checkpoints;

namespace Cloud.Replica.Node;

/// <summary>What checking a proposed checkpoint against the chunks that were executed here gives.</summary>
public abstract record CheckpointCheck
{
    private CheckpointCheck()
    {
    }

    /// <summary>All its chunks were executed here, and its header is theirs.</summary>
    public sealed record Valid : CheckpointCheck
    {
        internal static readonly Valid Instance = new();
    }

    /// <summary>The header is wrong.</summary>
    /// <param name="Fault">The first difference.</param>
    public sealed record Invalid(CheckpointFault Fault) : CheckpointCheck;

    /// <summary>Its chunks, or the checkpoint below, are not here in time. Proves nothing.</summary>
    public sealed record Unvalidated : CheckpointCheck
    {
        internal static readonly Unvalidated Instance = new();
    }
}
