using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
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
}
