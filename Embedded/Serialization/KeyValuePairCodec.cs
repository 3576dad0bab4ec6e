
namespace Cloud.Embedded.Serialization;

/// <summary>A key and a value.</summary>
internal sealed class KeyValuePairCodec<TKey, TValue>(CodecTable table) : Codec<KeyValuePair<TKey, TValue>>
{
    private readonly Codec<TKey> _key = table.CodecFor<TKey>();
    private readonly Codec<TValue> _value = table.CodecFor<TValue>();

    public override void Write(CodecWriter writer, KeyValuePair<TKey, TValue> value)
    {
        _key.Write(writer, value.Key);
        _value.Write(writer, value.Value);
    }

    public override KeyValuePair<TKey, TValue> Read(CodecReader reader)
    {
        TKey key = _key.Read(reader);
        return new KeyValuePair<TKey, TValue>(key, _value.Read(reader));
    }
}
