using Cloud.Execution.Building;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Chains;
using Cloud.Simulator;

namespace Cloud.Simulation.Tests.Support;

/// <summary>Chunks that a misbehaving proposer signs past its ledger.</summary>
internal static class ForgedChunks
{
    /// <summary>The first chunk of a slot without transactions, on the newest block of silo 0; right but for what is changed.</summary>
    internal static ChunkProposal OnHead(
        SimulatedPipeline pipeline, ulong slot, Func<BlockHeader, BlockHeader> change, Address? signer = null, uint index = 0, bool isLast = false)
    {
        ExecutedBlock parent = pipeline.Replica(0).View.Recent[^1];
        Address producer = pipeline.ProposerOf(slot);
        BlockRules rules = new(pipeline.Genesis, pipeline.Timetable);

        // Executed, so that nothing but what is changed is wrong.
        using ChunkExecution execution = new(parent.State, rules.ContextOf(parent.Header, parent.Hash, slot, index, in producer, null));
        BlockHeader header = change(execution.Close().Header);
        ChunkHeader chunk = new(slot, producer, index, isLast, Hash256.Zero, header, []);
        return new ChunkProposal(pipeline.Genesis.Context, chunk, pipeline.Sign(signer ?? producer, chunk.Statement), []);
    }
}
