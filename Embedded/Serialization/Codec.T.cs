namespace Cloud.Embedded.Serialization;

/// <summary>Encodes and decodes values of a type, those of subtypes included where the type has any. Null is for reference types only.</summary>
internal abstract class Codec<T> : Codec
{
    public abstract void Write(CodecWriter writer, T value);

    public abstract T Read(CodecReader reader);

    public sealed override void WriteObject(CodecWriter writer, object value) => Write(writer, (T)value);

    public sealed override object ReadObject(CodecReader reader) => Read(reader)!;
}
