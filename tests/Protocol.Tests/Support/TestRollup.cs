using System.Buffers.Binary;
using System.Collections.Immutable;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Time;
using Cloud.Protocol.Validation;

namespace Cloud.Protocol.Tests.Support;

/// <summary>A rollup with real keys: what the slot pipeline's tests build their messages from.</summary>
internal sealed class TestRollup
{
    internal static readonly DateTimeOffset Genesis = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    private readonly Dictionary<Address, byte[]> _keys = [];

    internal TestRollup(int members = 4, Timetable? timetable = null)
    {
        Timetable = timetable ?? Timetable.Hosted(Genesis);
        Context = new SigningContext(7_001, NumberedAddress(0xc0));
        Domains = new SigningDomains(Context);
        ImmutableArray<Address>.Builder addresses = ImmutableArray.CreateBuilder<Address>();
        for (int i = 1; i <= members; i++)
        {
            addresses.Add(AddKey(i));
        }

        Outsider = AddKey(members + 1);
        Committee = ((CommitteeResult.Formed)Committee.Of(0, addresses.ToImmutable(), Digest("seed"))).Committee;
        Validator = new MessageValidator(Domains, Timetable.Consensus, ProposalLimits.Default);
    }

    internal Timetable Timetable { get; }

    internal SigningContext Context { get; }

    internal SigningDomains Domains { get; }

    internal Committee Committee { get; }

    internal MessageValidator Validator { get; }

    internal Address Outsider { get; }

    internal static Hash256 Digest(string text) => Keccak256.Hash(System.Text.Encoding.UTF8.GetBytes(text));

    internal static Address NumberedAddress(int number)
    {
        byte[] bytes = new byte[Address.Length];
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16), number);
        return new Address(bytes);
    }

    internal Address ProposerOf(ulong slot) => Committee.ProposerAt(slot);

    internal Signature Sign(Address signer, in Statement statement) => Secp256k1.Sign(_keys[signer], Domains.Digest(statement));

    /// <summary>A chunk on top of a block; variants differ in their transactions.</summary>
    internal ChunkHeader Header(ulong slot, uint index, BlockHeader? parent = null, string variant = "", bool isLast = false, int transactions = 2)
    {
        ImmutableArray<Hash256> hashes = [.. Enumerable.Range(0, transactions).Select(i => Digest($"transaction {slot} {index} {i} {variant}"))];
        BlockHeader block = new()
        {
            ParentHash = parent?.ComputeHash() ?? Digest("genesis block"),
            Number = (parent?.Number ?? 0) + 1,
            GasLimit = 30_000_000,
            GasUsed = 21_000UL * (ulong)transactions,
            Timestamp = Timetable.Consensus.ChunkTimestamp(slot, index),
            FeeRecipient = ProposerOf(slot),
            StateRoot = Digest($"state {slot} {index} {variant}"),
        };
        return new ChunkHeader(slot, ProposerOf(slot), index, isLast, Hash256.Zero, block, hashes);
    }

    /// <summary>The chunks of a slot, each on top of the one before.</summary>
    internal ImmutableArray<ChunkHeader> Chunks(ulong slot, int count, BlockHeader? parent = null, string variant = "")
    {
        ImmutableArray<ChunkHeader>.Builder chunks = ImmutableArray.CreateBuilder<ChunkHeader>(count);
        for (uint i = 0; i < count; i++)
        {
            chunks.Add(Header(slot, i, i == 0 ? parent : chunks[^1].Block, variant, isLast: i == count - 1));
        }

        return chunks.MoveToImmutable();
    }

    internal ChunkProposal Propose(ChunkHeader header, Address? signer = null) =>
        new(Context, header, Sign(signer ?? ProposerOf(header.Slot), header.Statement));

    internal CheckpointProposal Propose(CheckpointHeader header, ChunkProposal? lastChunk = null) =>
        new(Context, header, Sign(ProposerOf(header.Slot), header.Statement), lastChunk);

    internal ChunkAttestation Attest(Address member, ChunkHeader header, AttestationKind kind = AttestationKind.Executed)
    {
        Statement statement = new(Duty.ChunkAttestation(header.Slot, header.Producer, header.Index, kind), header.Hash);
        return new ChunkAttestation(
            Context, header.Slot, header.Producer, header.Index, kind, header.Hash, Sign(member, statement), Sign(ProposerOf(header.Slot), header.Statement));
    }

    internal CheckpointAttestation Attest(Address member, CheckpointHeader header, AttestationKind kind = AttestationKind.Executed)
    {
        Statement statement = new(Duty.CheckpointAttestation(header.Slot, kind), header.Hash);
        return new CheckpointAttestation(Context, header.Slot, kind, header.Hash, Sign(member, statement), Sign(ProposerOf(header.Slot), header.Statement));
    }

    internal ChunkCertificate Certify(ChunkHeader header, AttestationKind kind = AttestationKind.Executed)
    {
        Statement statement = new(Duty.ChunkAttestation(header.Slot, header.Producer, header.Index, kind), header.Hash);
        return new ChunkCertificate(Context, header.Slot, header.Producer, header.Index, kind, header.Hash, Signers(statement));
    }

    internal CheckpointCertificate Certify(CheckpointHeader header)
    {
        Statement statement = new(Duty.CheckpointAttestation(header.Slot, AttestationKind.Executed), header.Hash);
        return new CheckpointCertificate(Context, header.Slot, AttestationKind.Executed, header.Hash, Signers(statement));
    }

    /// <summary>In the middle of a slot's receive windows.</summary>
    internal DateTimeOffset During(ulong slot, uint index = 0) => Timetable.Consensus.ChunkWindow(slot, index).Start.AddSeconds(1);

    internal Validated<ChunkProposal> Validate(ChunkProposal proposal) =>
        new(proposal, Validator.Validate(proposal, new SlotCommittee.Known(Committee), During(proposal.Header.Slot, proposal.Header.Index)));

    internal Validated<ChunkAttestation> Validate(ChunkAttestation attestation) =>
        new(attestation, Validator.Validate(attestation, new SlotCommittee.Known(Committee), During(attestation.Slot, attestation.Index)));

    internal Validated<CheckpointProposal> Validate(CheckpointProposal proposal) =>
        new(proposal, Validator.Validate(proposal, new SlotCommittee.Known(Committee), During(proposal.Header.Slot)));

    internal Validated<CheckpointAttestation> Validate(CheckpointAttestation attestation) =>
        new(attestation, Validator.Validate(attestation, new SlotCommittee.Known(Committee), During(attestation.Slot)));

    private SignerSet Signers(Statement statement) =>
        SignerSet.Of(Committee.Members.Take(Committee.Quorum).Select((member, i) => KeyValuePair.Create(i, Sign(member, statement))));

    private Address AddKey(int number)
    {
        byte[] key = new byte[32];
        BinaryPrimitives.WriteInt32BigEndian(key.AsSpan(28), number);
        Assert.True(Secp256k1.TryGetAddress(key, out Address address));
        _keys.Add(address, key);
        return address;
    }
}
