using Cloud.Grains.Interfaces;
using Cloud.Protocol.Checkpoints;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Chains;
using Cloud.Simulator;

namespace Cloud.Simulation.Tests.Support;

/// <summary>Proposers in whose place a test proposes.</summary>
internal static class Withholding
{
    /// <summary>A slot's proposer signs nothing of its own accord: the test proposes in its place.</summary>
    internal static Address Withhold(this SimulatedPipeline pipeline, ulong slot)
    {
        Address proposer = pipeline.ProposerOf(slot);

        // What the test signs is not in its ledger: signing itself again later, it contradicts that.
        pipeline.Invariants.Misbehaving.Add(proposer);
        pipeline.RefuseToSign = (validator, duty) => validator == proposer && duty.Slot == slot
            && duty.Kind is MessageKind.Flashblock or MessageKind.ChunkProposal or MessageKind.CheckpointProposal;
        return proposer;
    }

    /// <summary>Slot 3 is built, and its proposer does not sign the checkpoint: what it would have signed, and the chunk that it held back for it.</summary>
    internal static async Task<(CheckpointHeader Header, ChunkProposal Last)> WithholdCheckpoint(this SimulatedPipeline pipeline)
    {
        Address bad = pipeline.ProposerOf(3);
        pipeline.Invariants.Misbehaving.Add(bad);
        pipeline.RefuseToSign = static (_, duty) => duty == Duty.CheckpointProposal(3);
        pipeline.Load(18);
        await pipeline.UntilSlot(3, TimeSpan.FromSeconds(1));
        int home = (await pipeline.Grains.Validator(bad).Wake(3)).Silo[^1] - '0';
        await pipeline.UntilSlot(4, TimeSpan.FromMilliseconds(300));
        ExecutedBlock[] chunks = [.. pipeline.Chunks(home, 3)];
        Assert.True(chunks.Length >= 2 && chunks[^1].Proposal!.Header.IsLast, pipeline.Describe());
        CheckpointHeader parent = (await pipeline.Grains.Slot(2).View())!.Proposal!.Header;
        CheckpointHeader header = CheckpointAssembly.HeaderOf(
            pipeline.Timetable, parent.Hash, [.. chunks.Select(chunk => new CandidateChunk(chunk.Proposal!.Header, chunk.Hash, ChunkStanding.Certified))], Hash256.Zero);
        return (header, chunks[^1].Proposal!);
    }
}
