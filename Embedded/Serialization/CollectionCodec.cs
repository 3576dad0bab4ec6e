using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
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

/// <summary>An immutable array; the default one stays the default one.</summary>
internal sealed class ImmutableArrayCodec<TItem>(CodecTable table) : Codec<ImmutableArray<TItem>>
{
    private readonly Codec<TItem[]> _items = table.CodecFor<TItem[]>();

    public override void Write(CodecWriter writer, ImmutableArray<TItem> value) =>
        _items.Write(writer, System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsArray(value)!);

    public override ImmutableArray<TItem> Read(CodecReader reader) =>
        System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray(_items.Read(reader));
}

/// <summary>A read-only memory, as an array.</summary>
internal sealed class ReadOnlyMemoryCodec<TItem>(CodecTable table) : Codec<ReadOnlyMemory<TItem>>
{
    private readonly Codec<TItem[]> _items = table.CodecFor<TItem[]>();

    public override void Write(CodecWriter writer, ReadOnlyMemory<TItem> value) => _items.Write(writer, value.ToArray());

    public override ReadOnlyMemory<TItem> Read(CodecReader reader) => _items.Read(reader);
}

/// <summary>A memory, as an array.</summary>
internal sealed class MemoryCodec<TItem>(CodecTable table) : Codec<Memory<TItem>>
{
    private readonly Codec<TItem[]> _items = table.CodecFor<TItem[]>();

    public override void Write(CodecWriter writer, Memory<TItem> value) => _items.Write(writer, value.ToArray());

    public override Memory<TItem> Read(CodecReader reader) => _items.Read(reader);
}

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

/// <summary>A tuple of any length.</summary>
internal sealed class TupleCodec<T> : Codec<T>
    where T : ITuple
{
    private readonly Codec[] _items;
    private readonly ConstructorInfo _constructor;
    private readonly Func<T, int, object?> _get;

    public TupleCodec(CodecTable table)
    {
        Type[] arguments = typeof(T).GetGenericArguments();
        MethodInfo codecFor = typeof(CodecTable).GetMethod(nameof(CodecTable.CodecFor))!;
        _items = Array.ConvertAll(arguments, argument => (Codec)codecFor.MakeGenericMethod(argument).Invoke(table, BindingFlags.DoNotWrapExceptions, null, null, null)!);
        _constructor = typeof(T).GetConstructor(arguments)!;
        FieldInfo? rest = arguments.Length == 8 ? typeof(T).GetField("Rest") : null;
        PropertyInfo? restProperty = arguments.Length == 8 ? typeof(T).GetProperty("Rest") : null;
        _get = (tuple, index) => index < 7 ? tuple[index] : rest is null ? restProperty!.GetValue(tuple) : rest.GetValue(tuple);
    }

    public override void Write(CodecWriter writer, T value)
    {
        for (int i = 0; i < _items.Length; i++)
        {
            _items[i].WriteObject(writer, _get(value, i)!);
        }
    }

    public override T Read(CodecReader reader)
    {
        object?[] items = new object?[_items.Length];
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = _items[i].ReadObject(reader);
        }

        return (T)_constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, items, null);
    }
}
