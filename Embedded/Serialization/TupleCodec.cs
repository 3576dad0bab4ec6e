using System.Reflection;
using System.Runtime.CompilerServices;

namespace Cloud.Embedded.Serialization;

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
