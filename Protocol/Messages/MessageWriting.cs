using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Messages;

/// <summary>The parts of encodings that all messages share; the counterpart of <see cref="FieldReader"/>.</summary>
internal static class MessageWriting
{
    internal delegate void Writing(RlpWriter writer);

    internal static int BeginMessage(this RlpWriter writer, MessageKind kind, SigningContext context)
    {
        int message = writer.BeginList();
        writer.Write((ulong)kind);
        writer.Write(FieldReader.Version);
        int list = writer.BeginList();
        writer.Write(context.ChainId);
        writer.Write(context.Rollup);
        writer.EndList(list);
        return message;
    }

    internal static void Write(this RlpWriter writer, in Signature signature)
    {
        Span<byte> encoded = stackalloc byte[Signature.EncodedLength];
        signature.Encode(encoded);
        writer.Write(encoded);
    }

    internal static void Write(this RlpWriter writer, ReadOnlySpan<Hash256> hashes)
    {
        int list = writer.BeginList();
        foreach (ref readonly Hash256 hash in hashes)
        {
            writer.Write(in hash);
        }

        writer.EndList(list);
    }

    internal static void Write(this RlpWriter writer, ReadOnlySpan<Bytes> strings)
    {
        int list = writer.BeginList();
        foreach (ref readonly Bytes bytes in strings)
        {
            writer.Write(bytes.Span);
        }

        writer.EndList(list);
    }

    internal static byte[] ToArray(Writing write)
    {
        using RlpWriter writer = RlpWriter.Rent();
        write(writer);
        return writer.ToArray();
    }

    internal static Hash256 ToHash(Writing write)
    {
        using RlpWriter writer = RlpWriter.Rent();
        write(writer);
        return Keccak256.Hash(writer.WrittenSpan);
    }
}
