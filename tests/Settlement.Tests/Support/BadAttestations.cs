using System.Collections.Immutable;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Blobs;
using Cloud.Settlement.Contracts;

namespace Cloud.Settlement.Tests.Support;

/// <summary>Attestations of a checkpoint with which it must not stay.</summary>
internal static class BadAttestations
{
    public static BlobAttestations Of(TestRollup rollup, CheckpointHeader header, string variant)
    {
        BlobAttestations good = rollup.Attest(header);
        Hash256 digest = rollup.Domains.Digest(new Statement(Duty.CheckpointAttestation(header.Slot, AttestationKind.Executed), header.Hash));
        ImmutableArray<CompactSignature> list = good.Signatures;
        Committee committee = rollup.CommitteeOf(header.Slot);
        CompactSignature Sign(int member, Statement statement) =>
            CompactSignature.From(Secp256k1.Sign(rollup.KeyOf(committee.Members[member]), rollup.Domains.Digest(statement)));
        return variant switch
        {
            "too few" => rollup.Attest(header, signers: 1),
            "one too few" => rollup.Attest(header, signers: committee.Quorum - 1),
            "nobody" => rollup.Attest(header, signers: 0),
            "fake signature" => good with { Signatures = list.SetItem(2, CompactSignature.From(Secp256k1.Sign(TestRollup.Key("fake"), digest))) },
            "high s" => good with { Signatures = list.SetItem(1, CompactSignature.From(BadSignatures.HighS(list[1].Expand()))) },
            "unrecoverable" => good with { Signatures = list.SetItem(3, BadSignatures.Unrecoverable(digest)) },
            "shuffled order" => good with { Signatures = list.SetItem(0, list[1]).SetItem(1, list[0]) },
            "other slot" => good with
            {
                Signatures = list.SetItem(4, Sign(4, new Statement(Duty.CheckpointAttestation(header.Slot + 1, AttestationKind.Executed), header.Hash))),
            },
            "other payload" => good with
            {
                Signatures = list.SetItem(0, Sign(0, new Statement(Duty.CheckpointAttestation(header.Slot, AttestationKind.Executed), Keccak256.Hash([5])))),
            },
            "only stored" => good with { Kind = AttestationKind.Stored },
            "outside the committee" => good with { Signers = good.Signers | (UInt128.One << committee.Size), Signatures = list.Add(list[0]) },
            "zero signature" => good with { Signatures = list.SetItem(2, default) },
            "last signature" => good with { Signatures = list.SetItem(list.Length - 1, list[0]) },
            _ => throw new ArgumentOutOfRangeException(nameof(variant), variant, null),
        };
    }
}
