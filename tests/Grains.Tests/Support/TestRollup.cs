using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using Cloud.Grains.Committees;
using Cloud.Grains.Hosting;
using Cloud.Grains.Signing;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;
using Cloud.Protocol.Validation;

namespace Cloud.Grains.Tests.Support;

/// <summary>A rollup with real keys, whose slot 1 is being built for as long as a test takes.</summary>
internal sealed class TestRollup
{
    internal const ulong Slot = 1;

    private readonly Dictionary<Address, byte[]> _keys = [];

    internal TestRollup(int members = 4, ProposalLimits? limits = null, bool isCommitteeKnown = true)
    {
        // Slots of half an hour: the real clock stays inside one, whatever the machine does.
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        DateTimeOffset genesis = new(now.Ticks - (now.Ticks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
        ConsensusTiming timing = ConsensusTiming.WithDefaults(
            TimingProfile.Sequential, genesis - TimeSpan.FromMinutes(35), TimeSpan.FromMinutes(30), TimeSpan.FromSeconds(12), TimeSpan.FromSeconds(6));
        Settings = new RollupSettings(
            new SigningContext(7_001, NumberedAddress(0xc0)),
            Timetable.Create(timing, LocalBudgets.Cluster).OrThrow(),
            new CommitteeRules(SlotsPerEpoch: 32, CommitteeSize: members, ValidatorSetLag: 2, RandaoLag: 2),
            limits);
        ImmutableArray<Address> validators = [.. Enumerable.Range(1, members).Select(AddKey)];
        Outsider = AddKey(members + 1);
        Source = isCommitteeKnown ? new FixedCommittees(Settings.Committees, validators, Digest("randao")) : new UnknownCommittees();
        Keys = LocalValidatorKeys.Of(validators.Select(validator => _keys[validator]));
        Committee = ((CommitteeResult.Formed)Committee.Draw(0, validators.AsSpan(), members, CommitteeRules.Seed(0, Digest("randao")))).Committee;
    }

    internal RollupSettings Settings { get; }

    internal ICommitteeSource Source { get; }

    internal LocalValidatorKeys Keys { get; }

    internal Committee Committee { get; }

    internal Address Outsider { get; }

    internal Address Proposer => Committee.ProposerAt(Slot);

    /// <summary>A signature that fits no key.</summary>
    internal static Signature Unrecoverable { get; } = FindUnrecoverable();

    internal static Hash256 Digest(string text) => Keccak256.Hash(Encoding.UTF8.GetBytes(text));

    internal static Address NumberedAddress(int number)
    {
        byte[] bytes = new byte[Address.Length];
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16), number);
        return new Address(bytes);
    }

    internal Signature Sign(Address signer, in Statement statement) => Secp256k1.Sign(_keys[signer], Settings.Domains.Digest(statement));

    internal ChunkHeader Header(uint index, string variant = "", ulong slot = Slot, bool isLast = false, Hash256? parent = null)
    {
        BlockHeader block = new()
        {
            ParentHash = parent ?? Digest($"parent of {index}"),
            Number = index + 1,
            GasLimit = 30_000_000,
            GasUsed = 21_000,
            Timestamp = Settings.Timetable.Consensus.ChunkTimestamp(slot, index),
            FeeRecipient = Committee.ProposerAt(slot),
            StateRoot = Digest($"state {slot} {index} {variant}"),
        };
        return new ChunkHeader(slot, Committee.ProposerAt(slot), index, isLast, Hash256.Zero, block, [Keccak256.Hash(Body(index, variant).Span)]);
    }

    internal static Bytes Body(uint index, string variant = "") => Encoding.UTF8.GetBytes($"transaction {index} {variant}");

    internal ChunkProposal Propose(uint index, string variant = "", Address? signer = null, ulong slot = Slot, bool isLast = false)
    {
        ChunkHeader header = Header(index, variant, slot, isLast);
        return new ChunkProposal(Settings.Context, header, Sign(signer ?? Committee.ProposerAt(slot), header.Statement), [Body(index, variant)]);
    }

    internal ChunkAttestation Attest(Address member, ChunkHeader header)
    {
        Statement statement = new(Duty.ChunkAttestation(header.Slot, header.Producer, header.Index, AttestationKind.Executed), header.Hash);
        return new ChunkAttestation(
            Settings.Context,
            header.Slot,
            header.Producer,
            header.Index,
            AttestationKind.Executed,
            header.Hash,
            Sign(member, statement),
            Sign(Committee.ProposerAt(header.Slot), header.Statement));
    }

    internal Flashblock Flashblock(uint chunk, uint index, Address? signer = null, Address? producer = null, bool? hasBase = null, Hash256? previous = null, ulong slot = Slot)
    {
        Hash256 digest = Digest($"flashblock {chunk} {index}");
        FlashblockBase? fields = hasBase ?? index == 0 ? new FlashblockBase(digest, digest, Committee.ProposerAt(slot), digest, chunk + 1, 30_000_000, 1, default, 7) : null;
        FlashblockDiff diff = new(digest, digest, Bloom.Empty, 21_000, digest, [Body(chunk)], [], digest, null);
        FlashblockPayload payload = new(
            slot, producer ?? Committee.ProposerAt(slot), chunk, index, FlashblockPayload.PayloadIdOf(slot, chunk), chunk + 1, previous ?? (index == 0 ? Hash256.Zero : digest), false, 5, fields, diff);
        return new Flashblock(Settings.Context, payload, Sign(signer ?? Committee.ProposerAt(slot), payload.Statement));
    }

    /// <summary>The signatures of the first members under a chunk.</summary>
    internal SignerSet SignersOf(ChunkHeader header, int count)
    {
        Statement statement = new(Duty.ChunkAttestation(header.Slot, header.Producer, header.Index, AttestationKind.Executed), header.Hash);
        return SignerSet.Of(Enumerable.Range(0, count).Select(member => KeyValuePair.Create(member, Sign(Committee.Members[member], statement))));
    }

    internal CheckpointProposal ProposeCheckpoint(ImmutableArray<ChunkProposal> chunks, string variant = "", bool holdsLast = false, uint? count = null)
    {
        ChunkHeader last = chunks[^1].Header;
        CheckpointHeader header = new(
            last.Slot,
            Digest("parent checkpoint " + variant),
            chunks[0].Header.Block.Number,
            count ?? (uint)chunks.Length,
            CheckpointHeader.HashOfChunks([.. chunks.Select(chunk => chunk.Header.Hash)]),
            last.Block.ComputeHash(),
            last.Block.StateRoot,
            Hash256.Zero,
            Hash256.Zero,
            (ulong)Settings.Timetable.Consensus.SlotStart(last.Slot).ToUnixTimeSeconds(),
            last.Block.FeeRecipient,
            21_000);
        return new CheckpointProposal(Settings.Context, header, Sign(Committee.ProposerAt(last.Slot), header.Statement), holdsLast ? chunks[^1] : null);
    }

    internal CheckpointAttestation Attest(Address member, CheckpointHeader header)
    {
        Statement statement = new(Duty.CheckpointAttestation(header.Slot, AttestationKind.Executed), header.Hash);
        return new CheckpointAttestation(
            Settings.Context, header.Slot, AttestationKind.Executed, header.Hash, Sign(member, statement), Sign(Committee.ProposerAt(header.Slot), header.Statement));
    }

    private static Signature FindUnrecoverable()
    {
        // About half of all numbers are no point's coordinate; whatever the digest, the signature is none.
        for (ulong r = 1; ; r++)
        {
            Signature signature = new(r, UInt256.One, 0);
            if (!Secp256k1.TryRecover(Digest("any"), signature, out _))
            {
                return signature;
            }
        }
    }

    private Address AddKey(int number)
    {
        byte[] key = new byte[32];
        BinaryPrimitives.WriteInt32BigEndian(key.AsSpan(28), number);
        Assert.True(Secp256k1.TryGetAddress(key, out Address address));
        _keys.Add(address, key);
        return address;
    }

    /// <summary>As before L1 has told the registry's state.</summary>
    private sealed class UnknownCommittees : ICommitteeSource
    {
        public ValueTask<Committee?> GetAsync(ulong epoch, CancellationToken cancellationToken = default) => new((Committee?)null);
    }
}
