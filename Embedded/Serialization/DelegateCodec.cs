namespace Cloud.Embedded.Serialization;

/// <summary>A codec for a type without subtypes, from two delegates; null is not passed to them.</summary>
internal sealed class DelegateCodec<T>(Action<CodecWriter, T> write, Func<CodecReader, T> read, bool isTrivial = false) : Codec<T>
{
    public override bool IsTrivial => isTrivial;

    public override void Write(CodecWriter writer, T value) => write(writer, value);

    public override T Read(CodecReader reader) => read(reader);
}
