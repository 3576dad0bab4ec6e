
namespace Cloud.Embedded.Serialization;

/// <summary>A memory, as an array.</summary>
internal sealed class MemoryCodec<TItem>(CodecTable table) : Codec<Memory<TItem>>
{
    private readonly Codec<TItem[]> _items = table.CodecFor<TItem[]>();

    public override void Write(CodecWriter writer, Memory<TItem> value) => _items.Write(writer, value.ToArray());

    public override Memory<TItem> Read(CodecReader reader) => _items.Read(reader);
}
