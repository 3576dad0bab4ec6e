using Cloud.Protocol.Crypto;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Messages;

/// <summary>A checkpoint as the slot's proposer proposes it, usually with the slot's last chunk.</summary>
public sealed record CheckpointProposal : IMessage<CheckpointProposal>
{
    /// <summary>Makes a proposal.</summary>
    /// <param name="context">The rollup.</param>
    /// <param name="header">The checkpoint.</param>
    /// <param name="signature">The proposer's signature over <see cref="CheckpointHeader.Statement"/>.</param>
    /// <param name="lastChunk">The slot's last chunk, or null where it was proposed on its own. Not part of the identity.</param>
    public CheckpointProposal(SigningContext context, CheckpointHeader header, Signature signature, ChunkProposal? lastChunk = null)
    {
        ArgumentNullException.ThrowIfNull(header);
        Context = context;
        Header = header;
        Signature = signature;
        LastChunk = lastChunk;
    }

    /// <inheritdoc/>
    public static MessageKind Kind => MessageKind.CheckpointProposal;

    /// <inheritdoc/>
    public static int MaxLength => MessageLimits.MaxProposalLength;

    /// <inheritdoc/>
    public SigningContext Context { get; }

    /// <summary>The checkpoint.</summary>
    public CheckpointHeader Header { get; }

    /// <summary>The proposer's signature.</summary>
    public Signature Signature { get; }

    /// <summary>The slot's last chunk, or null where it was proposed on its own.</summary>
    public ChunkProposal? LastChunk { get; }

    /// <inheritdoc/>
    public static Decoded<CheckpointProposal> Decode(ReadOnlySpan<byte> encoded) => FieldReader.Decode(encoded, MaxLength, Read);

    /// <inheritdoc/>
    public byte[] Encode() => MessageWriting.ToArray(Write);

    /// <summary>The same proposal without the last chunk.</summary>
    /// <returns>What pools keep.</returns>
    public CheckpointProposal WithoutLastChunk() => LastChunk is null ? this : new CheckpointProposal(Context, Header, Signature);

    internal static CheckpointProposal? Read(ref FieldReader outer)
    {
        FieldReader fields = outer.Message(Kind, out SigningContext context);
        CheckpointHeader? header = CheckpointHeader.Read(ref fields);
        Signature signature = fields.Signature("signature");
        ChunkProposal? lastChunk = fields.IsAtEnd ? null : ChunkProposal.Read(ref fields);
        fields.End("message");
        return fields.Failed ? null : new CheckpointProposal(context, header!, signature, lastChunk);
    }

    internal void Write(RlpWriter writer)
    {
        int message = writer.BeginMessage(Kind, Context);
        Header.Write(writer);
        writer.Write(Signature);
        LastChunk?.Write(writer);
        writer.EndList(message);
    }
}
