using System.Collections.Immutable;
using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Archives;
using Cloud.Grains.Interfaces.Chunks;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Validation;
using Cloud.Replica.Node;
using Cloud.Settlement.L1Events;

namespace Cloud.Grains.Feed;

/// <summary>Pulls from chunk grains, and what is on L1 from there.</summary>
internal sealed class FeedSource(SiloNode silo, IL1 l1) : IFeedSource
{
    public async Task<ImmutableArray<Validated<ChunkProposal>>> PullChunksAsync(ulong slot, uint from, uint through, CancellationToken cancellationToken)
    {
        ImmutableArray<Validated<ChunkProposal>>.Builder found = ImmutableArray.CreateBuilder<Validated<ChunkProposal>>();
        uint last = Math.Min(through, (uint)silo.Rollup.Timetable.Consensus.Timing.MaxChunksPerSlot - 1);
        for (uint index = from; index <= last && !cancellationToken.IsCancellationRequested; index++)
        {
            foreach (ChunkProposal proposal in await PullAsync(slot, index, cancellationToken))
            {
                if (await ValidateAsync(proposal) is { } validated)
                {
                    found.Add(validated);
                }
            }
        }

        return found.ToImmutable();
    }

    public async Task<Validated<ChunkProposal>?> PullBlockAsync(Hash256 blockHash, ulong beforeSlot, CancellationToken cancellationToken)
    {
        if (await silo.Grains.Archive().Find(blockHash).WaitAsync(cancellationToken) is not BlockPlace place || place.Slot > beforeSlot)
        {
            return null;
        }

        foreach (ChunkProposal proposal in await PullAsync(place.Slot, place.Index, cancellationToken))
        {
            if (proposal.Header.Block.ComputeHash() == blockHash)
            {
                return await ValidateAsync(proposal);
            }
        }

        return null;
    }

    public async Task<ImmutableArray<Validated<Flashblock>>> PullFlashblocksAsync(ulong slot, uint chunk, uint from, CancellationToken cancellationToken)
    {
        ImmutableArray<Validated<Flashblock>>.Builder found = ImmutableArray.CreateBuilder<Validated<Flashblock>>();
        if (await silo.CommitteeOf(slot) is Committee committee)
        {
            foreach (Flashblock flashblock in await silo.Grains.Chunk(slot, chunk).PullFlashblocks(from).WaitAsync(cancellationToken))
            {
                DateTimeOffset now = silo.Inside(silo.Rollup.Timetable.Consensus.ChunkWindow(slot, chunk));
                found.Add(new(flashblock, silo.Rollup.Validator.Validate(flashblock, new SlotCommittee.Known(committee), now)));
            }
        }

        return found.ToImmutable();
    }

    public async Task<ImmutableArray<Bytes>> PullTransactionsAsync(ChunkHeader chunk, ImmutableArray<Hash256> hashes, CancellationToken cancellationToken) =>
        [.. (await silo.Grains.Chunk(chunk.Slot, chunk.Index).PullBodies(hashes).WaitAsync(cancellationToken)).Where(body => body.Length > 0).Select(body => new Bytes(body))];

    public Task<ImmutableArray<ChunkProposal>?> ReadCheckpointAsync(ulong number, CheckpointHeader header, CancellationToken cancellationToken) =>
        l1.ReadAsync(number, header, cancellationToken);

    private async Task<ImmutableArray<ChunkProposal>> PullAsync(ulong slot, uint index, CancellationToken cancellationToken) =>
        await silo.Grains.Chunk(slot, index).Pull().WaitAsync(cancellationToken) is ChunkView view ? view.Proposals : [];

    private async Task<Validated<ChunkProposal>?> ValidateAsync(ChunkProposal proposal)
    {
        ChunkHeader header = proposal.Header;
        if (await silo.CommitteeOf(header.Slot) is not Committee committee)
        {
            return null;
        }

        // Its grain took it in time.
        DateTimeOffset now = silo.Inside(silo.Rollup.Timetable.Consensus.ChunkWindow(header.Slot, header.Index));
        return new Validated<ChunkProposal>(proposal, silo.Rollup.Validator.Validate(proposal, new SlotCommittee.Known(committee), now));
    }
}
