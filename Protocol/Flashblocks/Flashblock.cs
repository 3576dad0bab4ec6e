using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Flashblocks;

/// <summary>A flashblock as its producer signed it: the preconfirmation of every transaction in it.</summary>
/// <param name="Context">The rollup.</param>
/// <param name="Payload">What it says.</param>
/// <param name="Signature">The producer's signature over <see cref="FlashblockPayload.Statement"/>.</param>
public sealed record Flashblock(SigningContext Context, FlashblockPayload Payload, Signature Signature) : IMessage<Flashblock>
{
    /// <inheritdoc/>
    public static MessageKind Kind => MessageKind.Flashblock;

    /// <inheritdoc/>
    public static int MaxLength => MessageLimits.MaxProposalLength;

    /// <inheritdoc/>
    public static Decoded<Flashblock> Decode(ReadOnlySpan<byte> encoded) => FieldReader.Decode(encoded, MaxLength, Read);

    /// <inheritdoc/>
    public byte[] Encode() => MessageWriting.ToArray(Write);

    internal static Flashblock? Read(ref FieldReader outer)
    {
        FieldReader fields = outer.Message(Kind, out SigningContext context);
        FlashblockPayload? payload = FlashblockPayload.Read(ref fields);
        Signature signature = fields.Signature("signature");
        fields.End("message");
        return fields.Failed ? null : new Flashblock(context, payload!, signature);
    }

    internal void Write(RlpWriter writer)
    {
        int message = writer.BeginMessage(Kind, Context);
        Payload.Write(writer);
        writer.Write(Signature);
        writer.EndList(message);
    }
}
