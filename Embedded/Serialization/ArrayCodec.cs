
namespace Cloud.Embedded.Serialization;

/// <summary>An array.</summary>
internal sealed class ArrayCodec<TItem>(CodecTable table) : Codec<TItem[]>
{
    private readonly Codec<TItem> _item = table.CodecFor<TItem>();

    public override void Write(CodecWriter writer, TItem[] value)
    {
        writer.WriteVarint((uint)value.Length);
        foreach (TItem item in value)
        {
            writer.WriteByte(1);
            _item.Write(writer, item);
        }
    }

    public override TItem[] Read(CodecReader reader)
    {
        TItem[] items = new TItem[reader.ReadCount()];
        for (int i = 0; i < items.Length; i++)
        {
            reader.ReadByte();
            items[i] = _item.Read(reader);
        }

        return items;
    }
}
