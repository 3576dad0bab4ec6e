using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Messages;

/// <summary>A chunk as its producer proposes it.</summary>
public sealed record ChunkProposal : IMessage<ChunkProposal>
{
    /// <summary>Makes a proposal.</summary>
    /// <param name="context">The rollup.</param>
    /// <param name="header">The chunk.</param>
    /// <param name="signature">The producer's signature over <see cref="ChunkHeader.Statement"/>.</param>
    /// <param name="bodies">The transactions' EIP-2718 encodings in the order of the header, or null where receivers fetch them. Not part of the identity.</param>
    public ChunkProposal(SigningContext context, ChunkHeader header, Signature signature, ImmutableArray<Bytes>? bodies = null)
    {
        ArgumentNullException.ThrowIfNull(header);
        Context = context;
        Header = header;
        Signature = signature;
        Bodies = bodies;
    }

    /// <inheritdoc/>
    public static MessageKind Kind => MessageKind.ChunkProposal;

    /// <inheritdoc/>
    public static int MaxLength => MessageLimits.MaxProposalLength;

    /// <inheritdoc/>
    public SigningContext Context { get; }

    /// <summary>The chunk.</summary>
    public ChunkHeader Header { get; }

    /// <summary>The producer's signature.</summary>
    public Signature Signature { get; }

    /// <summary>The transactions' encodings, or null where receivers fetch them.</summary>
    public ImmutableArray<Bytes>? Bodies { get; }

    /// <inheritdoc/>
    public static Decoded<ChunkProposal> Decode(ReadOnlySpan<byte> encoded) => FieldReader.Decode(encoded, MaxLength, Read);

    /// <inheritdoc/>
    public byte[] Encode() => MessageWriting.ToArray(Write);

    /// <summary>The same proposal without the transactions' encodings.</summary>
    /// <returns>What pools keep.</returns>
    public ChunkProposal WithoutBodies() => Bodies is null ? this : new ChunkProposal(Context, Header, Signature);

    /// <inheritdoc/>
    public bool Equals(ChunkProposal? other) =>
        other is not null && Context == other.Context && Header == other.Header && Signature == other.Signature
        && Bodies.HasValue == other.Bodies.HasValue && (Bodies is not { } bodies || bodies.AsSpan().SequenceEqual(other.Bodies!.Value.AsSpan()));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Context, Header, Bodies.HasValue);

    internal static ChunkProposal? Read(ref FieldReader outer)
    {
        FieldReader fields = outer.Message(Kind, out SigningContext context);
        ChunkHeader? header = ChunkHeader.Read(ref fields);
        Signature signature = fields.Signature("signature");
        ImmutableArray<Bytes>? bodies = fields.IsAtEnd ? null : fields.ByteStrings("bodies", MessageLimits.MaxTransactionsPerChunk);
        fields.End("message");
        return fields.Failed ? null : new ChunkProposal(context, header!, signature, bodies);
    }

    internal void Write(RlpWriter writer)
    {
        int message = writer.BeginMessage(Kind, Context);
        Header.Write(writer);
        writer.Write(Signature);
        if (Bodies is { } bodies)
        {
            writer.Write(bodies.AsSpan());
        }

        writer.EndList(message);
    }
}
