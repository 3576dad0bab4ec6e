using Orleans;

namespace Cloud.Embedded.Serialization;

/// <summary>A type that a registered converter encodes as another one.</summary>
internal sealed class ConverterCodec<T, TSurrogate>(CodecTable table, object converter) : Codec<T>
    where TSurrogate : struct
{
    private readonly Codec<TSurrogate> _surrogate = table.CodecFor<TSurrogate>();
    private readonly IConverter<T, TSurrogate> _converter = (IConverter<T, TSurrogate>)converter;

    public override void Write(CodecWriter writer, T value) => _surrogate.Write(writer, _converter.ConvertToSurrogate(in value));

    public override T Read(CodecReader reader)
    {
        TSurrogate surrogate = _surrogate.Read(reader);
        return _converter.ConvertFromSurrogate(in surrogate);
    }
}
