
namespace Cloud.Embedded.Serialization;

/// <summary>A read-only memory, as an array.</summary>
internal sealed class ReadOnlyMemoryCodec<TItem>(CodecTable table) : Codec<ReadOnlyMemory<TItem>>
{
    private readonly Codec<TItem[]> _items = table.CodecFor<TItem[]>();

    public override void Write(CodecWriter writer, ReadOnlyMemory<TItem> value) => _items.Write(writer, value.ToArray());

    public override ReadOnlyMemory<TItem> Read(CodecReader reader) => _items.Read(reader);
}
