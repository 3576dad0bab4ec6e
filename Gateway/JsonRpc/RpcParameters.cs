using System.Text.Json;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.JsonRpc;

/// <summary>The arguments of one request. Readers give a default and keep the first <see cref="Error"/> where an argument is missing or wrong, so that a method looks once.</summary>
internal sealed class RpcParameters
{
    private readonly JsonElement _array;

    /// <summary>Wraps the <c>params</c> of a request.</summary>
    /// <param name="array">An array; undefined for none.</param>
    public RpcParameters(JsonElement array)
    {
        _array = array;
        Count = array.ValueKind == JsonValueKind.Array ? array.GetArrayLength() : 0;
    }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>The first fault; null for none.</summary>
    public RpcError? Error { get; private set; }

    /// <summary>Whether an argument is there and not null.</summary>
    public bool Has(int position) => position < Count && _array[position].ValueKind != JsonValueKind.Null;

    /// <summary>An argument as it is; undefined where there is none.</summary>
    public JsonElement Raw(int position) => position < Count ? _array[position] : default;

    /// <summary>Notes a fault, unless there was one.</summary>
    public void Refuse(int position, string detail) => Error ??= RpcError.InvalidArgument(position, detail);

    /// <summary>An address.</summary>
    public Address Address(int position) => Read<Address>(position, RpcValues.TryReadAddress);

    /// <summary>A hash.</summary>
    public Hash256 Hash(int position) => Read<Hash256>(position, RpcValues.TryReadHash);

    /// <summary>Bytes.</summary>
    public Bytes Bytes(int position) => Read<Bytes>(position, RpcValues.TryReadBytes);

    /// <summary>A quantity of at most 64 bits.</summary>
    public ulong UInt64(int position) => Read<ulong>(position, RpcValues.TryReadUInt64);

    /// <summary>A storage slot.</summary>
    public UInt256 Slot(int position) => Read<UInt256>(position, RpcValues.TryReadSlot);

    /// <summary>A block; the newest sealed one, or another default, where there is none.</summary>
    public BlockReference Block(int position, BlockReference? standard = null) =>
        Has(position) ? Read<BlockReference>(position, RpcValues.TryReadBlock) : standard ?? BlockReference.Latest;

    /// <summary>A block that must be named.</summary>
    public BlockReference RequiredBlock(int position) => Read<BlockReference>(position, RpcValues.TryReadBlock) ?? BlockReference.Latest;

    /// <summary>A truth value; a default where there is none.</summary>
    public bool Boolean(int position, bool standard)
    {
        if (!Has(position))
        {
            return standard;
        }

        JsonValueKind kind = _array[position].ValueKind;
        if (kind is not (JsonValueKind.True or JsonValueKind.False))
        {
            Refuse(position, "true or false is expected");
        }

        return kind == JsonValueKind.True;
    }

    /// <summary>A string.</summary>
    public string Text(int position)
    {
        if (!Has(position))
        {
            Error ??= RpcError.MissingArgument(position);
            return "";
        }

        string? text = RpcValues.Text(_array[position]);
        if (text is null)
        {
            Refuse(position, "a string is expected");
        }

        return text ?? "";
    }

    /// <summary>An object; undefined, with a fault, where there is none.</summary>
    public JsonElement Object(int position)
    {
        if (!Has(position))
        {
            Error ??= RpcError.MissingArgument(position);
            return default;
        }

        if (_array[position].ValueKind != JsonValueKind.Object)
        {
            Refuse(position, "an object is expected");
            return default;
        }

        return _array[position];
    }

    private T Read<T>(int position, Reader<T> reader)
    {
        T value = default!;
        if (!Has(position))
        {
            Error ??= RpcError.MissingArgument(position);
        }
        else if (reader(_array[position], out value) is { } fault)
        {
            Refuse(position, fault);
        }

        return value;
    }

    private delegate string? Reader<T>(JsonElement element, out T value);
}
