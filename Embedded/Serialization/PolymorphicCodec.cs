using Orleans.Serialization;

namespace Cloud.Embedded.Serialization;

/// <summary>A reference type: null, the type itself, or a subtype by name.</summary>
internal sealed class PolymorphicCodec<T>(CodecTable table) : Codec<T>
    where T : class?
{
    private const byte Null = 0;
    private const byte Itself = 1;
    private const byte Other = 2;
    private Codec? _exact;

    public override bool IsTrivial => typeof(T) == typeof(string);

    public override void Write(CodecWriter writer, T value)
    {
        if (value is null)
        {
            writer.WriteByte(Null);
            return;
        }

        if (++writer.Depth > CodecWriter.MaxDepth)
        {
            throw new SerializerException($"{typeof(T)}: the object graph is deeper than {CodecWriter.MaxDepth} levels; it may be cyclic.");
        }

        Type type = CodecTable.EncodedTypeOf(value);
        if (type == typeof(T))
        {
            writer.WriteByte(Itself);
            Exact().WriteObject(writer, value);
        }
        else
        {
            Codec codec = table.ExactCodecFor(type);
            writer.WriteByte(Other);
            writer.WriteText(CodecTable.NameOf(type));
            codec.WriteObject(writer, value);
        }

        writer.Depth--;
    }

    public override T Read(CodecReader reader)
    {
        switch (reader.ReadByte())
        {
            case Null:
                return null!;
            case Itself:
                return (T)Exact().ReadObject(reader);
            case Other:
                Type type = CodecTable.TypeOf(reader.ReadText());
                return table.ExactCodecFor(type).ReadObject(reader) is T value
                    ? value
                    : throw new SerializerException($"{type} is encoded where a {typeof(T)} is expected.");
            default:
                throw new SerializerException($"Not the encoding of a {typeof(T)}.");
        }
    }

    private Codec Exact() => _exact ??= table.ExactCodecFor(typeof(T));
}
