using System.Collections.Immutable;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Tests.Messages;

/// <summary>A committee of seven with its keys, and messages that they signed.</summary>
internal static class Signers
{
    internal static readonly SigningContext Context = new(7357, Address.Parse("0x00112233445566778899aabbccddeeff00112233"));
    internal static readonly SigningDomains Domains = new(Context);
    internal static readonly Hash256 Seed = Hash256.Parse("0x" + new string('7', 64));

    private static readonly Dictionary<Address, byte[]> Keys = Enumerable.Range(1, 8).Select(KeyOf).ToDictionary(AddressOf);

    /// <summary>The committee of epoch 3; the key of <see cref="Outsider"/> is not in it.</summary>
    internal static readonly Committee Committee =
        ((CommitteeResult.Formed)Committee.Of(3, [.. Enumerable.Range(1, 7).Select(KeyOf).Select(AddressOf)], Seed)).Committee;

    internal static readonly Address Outsider = AddressOf(KeyOf(8));

    internal const ulong Slot = 100;

    internal static Address Proposer => Committee.ProposerAt(Slot);

    internal static Address OtherMember => Committee.Members.First(member => member != Proposer);

    internal static Signature Sign(Address signer, Statement statement, SigningDomains? domains = null) =>
        Secp256k1.Sign(Keys[signer], (domains ?? Domains).Digest(statement));

    /// <summary>In range, but no point of the curve has this x coordinate.</summary>
    internal static Signature Unrecoverable { get; } = FindUnrecoverable();

    internal static ChunkHeader Header(uint index = 2, ulong slot = Slot, Address? producer = null, ImmutableArray<Hash256>? transactions = null, bool isLast = false, ulong gasUsed = 21_000) =>
        new(slot, producer ?? Committee.ProposerAt(slot), index, isLast, Seed, new BlockHeader { Number = 600 + index, GasUsed = gasUsed, Timestamp = 1 }, transactions ?? []);

    internal static ChunkProposal Chunk(ChunkHeader header, Address? signer = null, ImmutableArray<Bytes>? bodies = null) =>
        new(Context, header, Sign(signer ?? Committee.ProposerAt(header.Slot), header.Statement), bodies);

    internal static CheckpointHeader CheckpointHeader(ChunkHeader last, uint? chunks = null, ulong gasUsed = 1, Hash256? inHash = null, Hash256? blockHash = null) => new(
        last.Slot, Seed, 600, chunks ?? last.Index + 1, Seed, blockHash ?? last.Block.ComputeHash(), last.Block.StateRoot, inHash ?? Seed, Hash256.Zero, 1, Address.Zero, gasUsed);

    internal static CheckpointProposal Checkpoint(CheckpointHeader header, ChunkProposal? last = null, Address? signer = null) =>
        new(Context, header, Sign(signer ?? Committee.ProposerAt(header.Slot), header.Statement), last);

    internal static ChunkAttestation Attest(ChunkHeader header, Address attester, Address? producer = null, Address? proposalSigner = null)
    {
        Statement statement = new(Duty.ChunkAttestation(header.Slot, producer ?? header.Producer, header.Index, AttestationKind.Executed), header.Hash);
        return new(
            Context, header.Slot, producer ?? header.Producer, header.Index, AttestationKind.Executed, header.Hash, Sign(attester, statement),
            Sign(proposalSigner ?? Committee.ProposerAt(header.Slot), header.Statement));
    }

    internal static CheckpointAttestation Attest(CheckpointHeader header, Address attester, Address? proposalSigner = null) => new(
        Context,
        header.Slot,
        AttestationKind.Executed,
        header.Hash,
        Sign(attester, new Statement(Duty.CheckpointAttestation(header.Slot, AttestationKind.Executed), header.Hash)),
        Sign(proposalSigner ?? Committee.ProposerAt(header.Slot), header.Statement));

    internal static FlashblockPayload Payload(
        uint index = 0, uint chunk = 2, bool? withBase = null, ulong? baseNumber = null, Hash256? previous = null, Address? producer = null, int transactions = 1, ulong slot = Slot)
    {
        FlashblockBase? fields = withBase ?? index == 0
            ? new FlashblockBase(Seed, Seed, Address.Zero, Seed, baseNumber ?? 602, 30_000_000, 1, default, 7)
            : null;
        FlashblockDiff diff = new(Seed, Seed, Bloom.Empty, 21_000, Seed, [.. Enumerable.Repeat<Bytes>(new byte[] { 1, 2 }, transactions)], [], Seed, null);
        return new FlashblockPayload(
            slot, producer ?? Committee.ProposerAt(slot), chunk, index, FlashblockPayload.PayloadIdOf(slot, chunk), 602, previous ?? (index == 0 ? Hash256.Zero : Seed), false, 5, fields, diff);
    }

    internal static Flashblock Flashblock(FlashblockPayload payload, Address? signer = null) =>
        new(Context, payload, Sign(signer ?? Committee.ProposerAt(payload.Slot), payload.Statement));

    private static byte[] KeyOf(int number) => [.. new byte[31], (byte)number];

    private static Address AddressOf(byte[] key) => Secp256k1.TryGetAddress(key, out Address address) ? address : throw new InvalidOperationException();

    private static Signature FindUnrecoverable()
    {
        for (ulong r = 1; ; r++)
        {
            Signature signature = new(r, UInt256.One, 0);
            if (!Secp256k1.TryRecover(Seed, signature, out _))
            {
                return signature;
            }
        }
    }
}
