using System.Collections.Immutable;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;
using Cloud.Replica.Node;

namespace Cloud.Replica.Tests.Node;

/// <summary>Answers pulls from another node, a while later.</summary>
internal sealed class PullingSource(TestNode from) : IFeedSource
{
    public int Pulls { get; private set; }

    public async Task<ImmutableArray<Validated<ChunkProposal>>> PullChunksAsync(ulong slot, uint first, uint through, CancellationToken cancellationToken)
    {
        await WaitAsync(cancellationToken);
        return [.. from.Node.View.Recent.Where(block => block.Slot == slot && block.Proposal!.Header.Index >= first && block.Proposal.Header.Index <= through)
            .Select(block => NodeRollup.Valid(block.Proposal!.WithoutBodies()))];
    }

    public async Task<Validated<ChunkProposal>?> PullBlockAsync(Hash256 blockHash, ulong beforeSlot, CancellationToken cancellationToken)
    {
        await WaitAsync(cancellationToken);
        return from.Node.View.Recent.FirstOrDefault(block => block.Hash == blockHash)?.Proposal is { } proposal ? NodeRollup.Valid(proposal.WithoutBodies()) : null;
    }

    public async Task<ImmutableArray<Validated<Flashblock>>> PullFlashblocksAsync(ulong slot, uint chunk, uint first, CancellationToken cancellationToken)
    {
        await WaitAsync(cancellationToken);
        return [.. from.Node.FindFlashblocks(slot, chunk).Where(flashblock => flashblock.Payload.Index >= first).Select(NodeRollup.Valid)];
    }

    public async Task<ImmutableArray<Bytes>> PullTransactionsAsync(ChunkHeader chunk, ImmutableArray<Hash256> hashes, CancellationToken cancellationToken)
    {
        await WaitAsync(cancellationToken);
        return from.Node.FindTransactions(hashes.AsSpan());
    }

    public async Task<ImmutableArray<ChunkProposal>?> ReadCheckpointAsync(ulong number, CheckpointHeader header, CancellationToken cancellationToken)
    {
        await WaitAsync(cancellationToken);
        return [.. from.Node.View.Recent.Where(block => block.Slot == header.Slot).Select(block => block.Proposal!)];
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        Pulls++;
        await Task.Delay(TimeSpan.FromMilliseconds(5), from.Time, cancellationToken);
    }
}
