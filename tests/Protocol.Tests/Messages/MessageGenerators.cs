using System.Collections.Immutable;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Tests.Messages;

/// <summary>Random messages of every kind from a seed. Lengths and numbers favour the edges of the encoding: 0, 1, 0x7f, 0x80, 55, 56 and the largest.</summary>
internal sealed class MessageGenerators(int seed)
{
    private readonly Random _random = new(seed);

    internal SigningContext Context() => new(Number(), Address());

    internal Address Address() => new(RandomBytes(Protocol.Primitives.Address.Length));

    internal Hash256 Hash() => _random.Next(8) == 0 ? Hash256.Zero : new Hash256(RandomBytes(Hash256.Length));

    internal ulong Number() => _random.Next(6) switch
    {
        0 => 0,
        1 => (ulong)_random.Next(0x7e, 0x82),
        2 => (ulong)_random.Next(254, 258),
        3 => ulong.MaxValue,
        _ => (ulong)_random.NextInt64() >> _random.Next(63),
    };

    internal uint Index() => _random.Next(6) == 0 ? uint.MaxValue : (uint)Number();

    internal bool Flag() => _random.Next(2) == 0;

    internal int Count(int most) => _random.Next(4) == 0 ? 0 : _random.Next(most + 1);


    internal Bytes Text(int most) => RandomBytes(_random.Next(5) switch
    {
        0 => 0,
        1 => 1,
        2 => Math.Min(most, 55),
        3 => Math.Min(most, 56),
        _ => _random.Next(most + 1),
    });

    internal Signature Signature()
    {
        UInt256 r = UInt256.FromBigEndian(RandomBytes(31));
        UInt256 s = UInt256.FromBigEndian(RandomBytes(31));
        return new Signature(r.IsZero ? UInt256.One : r, s.IsZero ? UInt256.One : s, (byte)_random.Next(2));
    }

    internal AttestationKind Attestation() => (AttestationKind)_random.Next(1, 4);

    internal UInt256 Wide() => _random.Next(4) == 0 ? UInt256.Zero : UInt256.FromBigEndian(RandomBytes(_random.Next(1, 33)));

    internal Bloom Bloom() => Flag() ? Protocol.Blocks.Bloom.Empty : Protocol.Blocks.Bloom.FromBytes(RandomBytes(Protocol.Blocks.Bloom.Length));

    internal ImmutableArray<T> Many<T>(int most, Func<T> one) => [.. Enumerable.Range(0, Count(most)).Select(_ => one())];

    internal BlockHeader Block() => new()
    {
        ParentHash = Hash(),
        FeeRecipient = Address(),
        StateRoot = Hash(),
        TransactionsRoot = Hash(),
        ReceiptsRoot = Hash(),
        LogsBloom = Bloom(),
        Number = Number(),
        GasLimit = Number(),
        GasUsed = Number(),
        Timestamp = Number(),
        ExtraData = Text(32),
        PrevRandao = Hash(),
        BaseFeePerGas = Wide(),
        WithdrawalsRoot = Hash(),
        BlobGasUsed = Number(),
        ExcessBlobGas = Number(),
        ParentBeaconBlockRoot = Hash(),
        RequestsHash = Flag() ? null : Hash(),
    };

    internal ChunkHeader ChunkHeader() => new(Number(), Address(), Index(), Flag(), Hash(), Block(), Many(20, Hash));

    internal ChunkProposal ChunkProposal() => ChunkProposal(Context());

    internal ChunkProposal ChunkProposal(SigningContext context) => new(context, ChunkHeader(), Signature(), Flag() ? null : Many(5, () => Text(300)));

    internal CheckpointHeader CheckpointHeader() => new(
        Number(), Hash(), Number(), Math.Max(1, Index()), Hash(), Hash(), Hash(), Hash(), Hash(), Number(), Address(), Number());

    internal CheckpointProposal CheckpointProposal() => CheckpointProposal(Context());

    internal CheckpointProposal CheckpointProposal(SigningContext context) => new(context, CheckpointHeader(), Signature(), Flag() ? null : ChunkProposal());

    internal ChunkAttestation ChunkAttestation() => ChunkAttestation(Context());

    internal ChunkAttestation ChunkAttestation(SigningContext context) =>
        new(context, Number(), Address(), Index(), Attestation(), Hash(), Signature(), Signature());

    internal CheckpointAttestation CheckpointAttestation() => new(Context(), Number(), Attestation(), Hash(), Signature(), Signature());

    internal SignerSet Signers()
    {
        int most = Flag() ? 10 : Committee.MaxSize;
        return SignerSet.Of(Enumerable.Range(0, Count(12)).Select(_ => _random.Next(most)).Distinct()
            .Select(position => KeyValuePair.Create(position, Signature())));
    }

    internal ChunkCertificate ChunkCertificate() => new(Context(), Number(), Address(), Index(), Attestation(), Hash(), Signers());

    internal CheckpointCertificate CheckpointCertificate() => new(Context(), Number(), Attestation(), Hash(), Signers());

    internal FlashblockBase Base() => new(Hash(), Hash(), Address(), Hash(), Number(), Number(), Number(), Text(32), Wide());

    internal FlashblockDiff Diff() => new(
        Hash(),
        Hash(),
        Bloom(),
        Number(),
        Hash(),
        Many(6, () => Text(200)),
        Many(2, () => new Withdrawal(Number(), Number(), Address(), Number())),
        Hash(),
        Flag() ? null : Number());

    internal FlashblockPayload FlashblockPayload() => new(
        Number(), Address(), Index(), Index(), Number(), Number(), Hash(), Flag(), Number(), Flag() ? null : Base(), Diff());

    internal Flashblock Flashblock() => new(Context(), FlashblockPayload(), Signature());

    internal Duty Duty() => _random.Next(5) switch
    {
        0 => Protocol.Messages.Duty.Flashblock(Number(), Index(), Index()),
        1 => Protocol.Messages.Duty.ChunkProposal(Number(), Index()),
        2 => Protocol.Messages.Duty.CheckpointProposal(Number()),
        3 => Protocol.Messages.Duty.ChunkAttestation(Number(), Address(), Index(), Attestation()),
        _ => Protocol.Messages.Duty.CheckpointAttestation(Number(), Attestation()),
    };

    internal Evidence Evidence()
    {
        SigningContext context = Context();
        ReexecutionClaim claim = new((ReexecutionFault)_random.Next(1, 5), Hash());
        return _random.Next(4) switch
        {
            3 => new Evidence.InvalidCheckpoint(CheckpointProposal(context), claim),
            0 => new Evidence.InvalidChunk(ChunkProposal(context), claim),
            1 => new Evidence.AttestedToInvalid(ChunkAttestation(context), ChunkProposal(context), claim),
            _ => new Evidence.Equivocation(
                context, Duty(), Hash(), Signature(), new Hash256(RandomBytes(32)), Signature()),
        };
    }

    private byte[] RandomBytes(int length)
    {
        byte[] bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }
}
