namespace Cloud.Protocol.Time;

/// <summary>The proposer's plan for one slot, all absolute, from the consensus values and its own budgets.</summary>
/// <param name="FrameStart">The frame in which the slot's chunks are built starts.</param>
/// <param name="Start">Who enters the slot later abandons it.</param>
/// <param name="LastChunk">The last instant at which building a chunk may end.</param>
/// <param name="CheckpointSend">The checkpoint proposal is sent.</param>
/// <param name="CheckpointReceived">The committee has it.</param>
/// <param name="ValidationDone">The committee has re-executed the last chunk and signed.</param>
/// <param name="L1Send">The checkpoint is sent to L1.</param>
/// <param name="CollectBy">Collecting attestations that starts later cannot end in time.</param>
/// <param name="PublishBy">The last instant to send to L1.</param>
/// <param name="Orphaned">After it, chunks of the slot that no checkpoint proposal covers are given up.</param>
public readonly record struct ProposerDeadlines(
    DateTimeOffset FrameStart,
    DateTimeOffset Start,
    DateTimeOffset LastChunk,
    DateTimeOffset CheckpointSend,
    DateTimeOffset CheckpointReceived,
    DateTimeOffset ValidationDone,
    DateTimeOffset L1Send,
    DateTimeOffset CollectBy,
    DateTimeOffset PublishBy,
    DateTimeOffset Orphaned);
