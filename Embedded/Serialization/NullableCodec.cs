
namespace Cloud.Embedded.Serialization;

/// <summary>A value type or nothing.</summary>
internal sealed class NullableCodec<T>(CodecTable table) : Codec<T?>
    where T : struct
{
    private readonly Codec<T> _value = table.CodecFor<T>();

    public override bool IsTrivial => _value.IsTrivial;

    public override void Write(CodecWriter writer, T? value)
    {
        writer.WriteByte(value.HasValue ? (byte)1 : (byte)0);
        if (value.HasValue)
        {
            _value.Write(writer, value.GetValueOrDefault());
        }
    }

    public override T? Read(CodecReader reader) => reader.ReadByte() == 0 ? null : _value.Read(reader);
}
