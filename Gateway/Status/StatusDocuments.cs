using System.Globalization;
using Cloud.Gateway.Status.Documents;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Chain;
using Cloud.Replica.Statuses;
using Cloud.Settlement.Publishing;

namespace Cloud.Gateway.Status;

/// <summary>Turns what the node says into the status API's words.</summary>
internal static class StatusDocuments
{
    private const int ShortId = 16;

    /// <summary>The word for a status.</summary>
    public static TransactionState StateOf(TransactionStatus status) => (TransactionState)status.Level;

    /// <summary>Why a promise did not hold.</summary>
    public static BreakReasonDocument Of(BreakReason reason) => reason switch
    {
        BreakReason.SlotUnpublished unpublished => new BreakReasonDocument(
            "slot-unpublished", Text($"No checkpoint of slot {unpublished.Slot} was on L1 when block {unpublished.Block.Number} came, and none can be posted any more."))
        {
            Slot = unpublished.Slot,
            L1Block = unpublished.Block,
        },
        BreakReason.CheckpointMissing missing => new BreakReasonDocument("checkpoint-missing", Text($"No checkpoint of slot {missing.Slot} was proposed in time."))
        {
            Slot = missing.Slot,
            Deadline = missing.Deadline,
        },
        BreakReason.CheckpointNotSynced notSynced => new BreakReasonDocument(
            "checkpoint-not-synced", Text($"The chunks of the checkpoint of slot {notSynced.Slot} could not be had and re-executed in time."))
        {
            Slot = notSynced.Slot,
            PayloadHash = notSynced.PayloadHash,
            Deadline = notSynced.Deadline,
        },
        BreakReason.CertifiedOtherwise { Certificate: var certificate } => new BreakReasonDocument(
            "certified-otherwise", Text($"The committee certified another chunk {certificate.Index} of slot {certificate.Slot}."))
        {
            Slot = certificate.Slot,
            Chunk = certificate.Index,
            Certificate = certificate.Encode(),
        },
        BreakReason.L1Mismatch mismatch => new BreakReasonDocument("l1-mismatch", Text($"Checkpoint {mismatch.Number} on L1 has other blocks."))
        {
            Checkpoint = mismatch.Number,
            PayloadHash = mismatch.PayloadHash,
            L1Block = mismatch.Block,
        },
        BreakReason.L1Reorged reorged => new BreakReasonDocument("l1-reorged", Text($"L1 took back the blocks above {reorged.Ancestor.Number}.")) { L1Block = reorged.Ancestor },
        BreakReason.CheckpointInvalidated invalidated => new BreakReasonDocument(
            "checkpoint-invalidated", Text($"The attestations of checkpoint {invalidated.Number}, or of one below it, were shown to be bad."))
        {
            Checkpoint = invalidated.Number,
            L1Block = invalidated.Block,
        },
        BreakReason.EpochUnproven unproven => new BreakReasonDocument(
            "epoch-unproven", Text($"No proof came within the window; the chain went back to checkpoint {unproven.ProvenNumber}."))
        {
            Checkpoint = unproven.ProvenNumber,
            L1Block = unproven.Block,
        },
        BreakReason.FlashblockAbandoned abandoned => new BreakReasonDocument(
            "flashblock-abandoned", Text($"Chunk {abandoned.Chunk} of slot {abandoned.Slot} was sealed without it, or another chunk took its place."))
        {
            Slot = abandoned.Slot,
            Chunk = abandoned.Chunk,
            Evidence = abandoned.Evidence is { } evidence ? Of(evidence, new SigningDomains(evidence.Context), null) : null,
        },
        _ => throw new InvalidOperationException("Not a known reason."),
    };

    /// <summary>Proof of a fault.</summary>
    public static EvidenceDocument Of(Evidence evidence, SigningDomains domains, DateTimeOffset? at)
    {
        byte[] encoded = evidence.Encode();
        (Offence offence, Address offender) = evidence.Verify(domains) switch
        {
            EvidenceVerdict.Proven proven => (proven.Offence, proven.Offender),
            EvidenceVerdict.NeedsReexecution needs => (needs.Offence, needs.Offender),
            _ => (Offence.InvalidChunkProposal, default),
        };
        Duty position = evidence.Position;
        bool hasChunk = position.Kind is MessageKind.Flashblock or MessageKind.ChunkProposal or MessageKind.ChunkAttestation;
        return new EvidenceDocument(
            Keccak256.Hash(encoded).ToString()[..ShortId],
            at,
            offence,
            offender,
            position.Slot,
            hasChunk ? position.Chunk : null,
            position.Kind == MessageKind.Flashblock ? position.Index : null,
            encoded);
    }

    /// <summary>An alarm of a publisher.</summary>
    public static AlarmDocument? Of(LaneAlarm alarm) => alarm switch
    {
        LaneAlarm.FeeCeiling => new AlarmDocument("fee-ceiling", alarm.Message),
        LaneAlarm.Unfunded or LaneAlarm.LowRunway => new AlarmDocument("unfunded", alarm.Message),
        LaneAlarm.WrongKind => new AlarmDocument("wrong-kind", alarm.Message),
        _ => new AlarmDocument("refused", alarm.Message),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
