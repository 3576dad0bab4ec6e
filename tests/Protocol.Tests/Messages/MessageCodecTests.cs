using System.Collections.Immutable;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Protocol.Tests.Messages;

public sealed class MessageCodecTests
{
    private const int Cases = 10_000;

    [Fact]
    public void A_flashblock_decodes_to_itself() => RoundTrip(g => g.Flashblock());

    [Fact]
    public void A_chunk_proposal_decodes_to_itself() => RoundTrip(g => g.ChunkProposal());

    [Fact]
    public void A_checkpoint_proposal_decodes_to_itself() => RoundTrip(g => g.CheckpointProposal());

    [Fact]
    public void A_chunk_attestation_decodes_to_itself() => RoundTrip(g => g.ChunkAttestation());

    [Fact]
    public void A_checkpoint_attestation_decodes_to_itself() => RoundTrip(g => g.CheckpointAttestation());

    [Fact]
    public void A_chunk_certificate_decodes_to_itself() => RoundTrip(g => g.ChunkCertificate());

    [Fact]
    public void A_checkpoint_certificate_decodes_to_itself() => RoundTrip(g => g.CheckpointCertificate());

    [Fact]
    public void Evidence_decodes_to_itself() => RoundTrip(g => g.Evidence());

    [Fact]
    public void The_payload_hash_is_that_of_the_decoded_bytes()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            MessageGenerators generate = new(seed);
            ChunkProposal chunk = generate.ChunkProposal();
            Assert.Equal(chunk.Header.Hash, Value<ChunkProposal>(chunk.Encode()).Header.Hash);
            CheckpointProposal checkpoint = generate.CheckpointProposal();
            Assert.Equal(checkpoint.Header.Hash, Value<CheckpointProposal>(checkpoint.Encode()).Header.Hash);
            Flashblock flashblock = generate.Flashblock();
            Assert.Equal(flashblock.Payload.Hash, Value<Flashblock>(flashblock.Encode()).Payload.Hash);
        }
    }

    [Fact]
    public void Bodies_last_chunk_and_signature_are_not_part_of_the_identity()
    {
        MessageGenerators generate = new(5);
        ChunkProposal chunk = generate.ChunkProposal();
        ChunkProposal full = new(chunk.Context, chunk.Header, generate.Signature(), ImmutableArray.Create(generate.Text(9)));
        Assert.Equal(full.Header.Hash, full.WithoutBodies().Header.Hash);
        Assert.NotEqual(full, full.WithoutBodies());
        Assert.True(full.Encode().Length > full.WithoutBodies().Encode().Length);
        CheckpointProposal checkpoint = new(chunk.Context, generate.CheckpointHeader(), generate.Signature(), chunk);
        Assert.Equal(checkpoint.Header, checkpoint.WithoutLastChunk().Header);
        Assert.Null(checkpoint.WithoutLastChunk().LastChunk);
    }

    [Fact]
    public void A_message_of_another_kind_or_version_is_refused()
    {
        byte[] encoded = new MessageGenerators(1).ChunkAttestation().Encode();
        Assert.Equal(new DecodeRefusal.WrongKind(4, MessageKind.CheckpointAttestation), Refusal<CheckpointAttestation>(encoded));
        int version = encoded.AsSpan().IndexOf([(byte)4, (byte)1]) + 1;
        encoded[version] = 2;
        Assert.Equal(new DecodeRefusal.UnknownVersion(2, 1), Refusal<ChunkAttestation>(encoded));
    }

    [Fact]
    public void A_cut_off_a_longer_and_a_larger_message_are_refused()
    {
        byte[] encoded = new MessageGenerators(2).ChunkAttestation().Encode();
        Assert.Equal(new DecodeRefusal.Malformed("message", RlpError.Truncated), Refusal<ChunkAttestation>(encoded[..^1]));
        Assert.Equal(new DecodeRefusal.Malformed("message", RlpError.Truncated), Refusal<ChunkAttestation>([]));
        Assert.Equal(new DecodeRefusal.Malformed("message", RlpError.TrailingBytes), Refusal<ChunkAttestation>([.. encoded, 0]));
        Assert.Equal(new DecodeRefusal.TooLarge(5121, 5120), Refusal<ChunkAttestation>(new byte[5121]));
    }

    [Fact]
    public void Too_many_items_are_refused_before_room_is_made()
    {
        MessageGenerators generate = new(3);
        ChunkProposal proposal = new(generate.Context(), generate.ChunkHeader(), generate.Signature(), ImmutableArray.Create(new Bytes[MessageLimits.MaxTransactionsPerChunk + 1]));
        Assert.Equal(new DecodeRefusal.TooMany("bodies", MessageLimits.MaxTransactionsPerChunk), Refusal<ChunkProposal>(proposal.Encode()));
    }

    [Fact]
    public void A_number_in_a_longer_form_is_refused()
    {
        using RlpWriter writer = RlpWriter.Rent();
        int list = writer.BeginList();
        writer.Write([0, 4]);
        writer.EndList(list);
        Assert.Equal(new DecodeRefusal.Malformed("kind", RlpError.LeadingZero), Refusal<ChunkAttestation>(writer.ToArray()));
    }

    [Fact]
    public void A_signature_in_another_form_is_refused()
    {
        ChunkAttestation attestation = new MessageGenerators(4).ChunkAttestation();
        byte[] encoded = attestation.Encode();
        int v = encoded.AsSpan().IndexOf(attestation.Signature.ToArray()) + 64;
        encoded[v] -= 27;
        Assert.Equal(new DecodeRefusal.InvalidSignature("signature", Protocol.Crypto.SignatureFault.RecoveryId), Refusal<ChunkAttestation>(encoded));
    }

    [Fact]
    public void A_bitmap_that_does_not_fit_the_signatures_is_refused()
    {
        MessageGenerators generate = new(6);
        SignerSet signers = SignerSet.Of([KeyValuePair.Create(3, generate.Signature())]);
        CheckpointCertificate certificate = new(generate.Context(), 7, AttestationKind.Executed, generate.Hash(), signers);
        byte[] encoded = certificate.Encode();
        int bitmap = encoded.AsSpan().IndexOf([(byte)1, (byte)8, (byte)0xf8]) + 1;
        encoded[bitmap] = 9;
        Assert.Equal(new DecodeRefusal.Inconsistent("each signer in the bitmap has one signature"), Refusal<CheckpointCertificate>(encoded));
        encoded[bitmap] = 0;
        Assert.Equal(new DecodeRefusal.Inconsistent("the bitmap ends with the last signer"), Refusal<CheckpointCertificate>(encoded));
    }

    private static void RoundTrip<T>(Func<MessageGenerators, T> one)
        where T : class, IMessage<T> =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(Cases), Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            T message = one(new MessageGenerators(seed));
            byte[] encoded = message.Encode();
            Assert.True(encoded.Length <= T.MaxLength);
            T decoded = Value<T>(encoded);
            Assert.Equal(message, decoded);
            Assert.Equal(message.GetHashCode(), decoded.GetHashCode());
            Assert.Equal(encoded, decoded.Encode());
            Assert.Equal(RlpError.None, RlpReader.Validate(encoded));
        }));

    private static T Value<T>(byte[] encoded)
        where T : IMessage<T> => Assert.IsType<Decoded<T>.Ok>(T.Decode(encoded)).Value;

    private static DecodeRefusal Refusal<T>(byte[] encoded)
        where T : IMessage<T> => Assert.IsType<Decoded<T>.Refused>(T.Decode(encoded)).Reason;
}
