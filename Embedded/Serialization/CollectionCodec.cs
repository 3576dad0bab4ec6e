using System.Reflection;
using Orleans.Serialization;

namespace Cloud.Embedded.Serialization;

/// <summary>A collection, from its elements in order.</summary>
internal sealed class CollectionCodec<T, TItem> : Codec<T>
    where T : IEnumerable<TItem>
{
    private readonly CodecTable _table;
    private readonly Func<List<TItem>, T>? _create;
    private Codec<TItem>? _item;

    public CollectionCodec(CodecTable table, MethodInfo? factory)
    {
        _table = table;
        _create = factory?.CreateDelegate<Func<List<TItem>, T>>();
    }

    private Codec<TItem> Item => _item ??= _table.CodecFor<TItem>();

    public override void Write(CodecWriter writer, T value)
    {
        int start = writer.BeginLength();
        foreach (TItem item in value)
        {
            writer.WriteByte(1);
            Item.Write(writer, item);
        }

        writer.EndLength(start);
    }

    public override T Read(CodecReader reader)
    {
        int length = reader.ReadInt32();
        if (length < 0 || length > reader.Remaining)
        {
            throw new SerializerException($"A {typeof(T)} is longer than the encoding.");
        }

        int end = reader.Position + length;
        List<TItem> items = [];
        while (reader.Position < end)
        {
            reader.ReadByte();
            items.Add(Item.Read(reader));
        }

        return _create is null ? (T)(object)items : _create(items);
    }
}
