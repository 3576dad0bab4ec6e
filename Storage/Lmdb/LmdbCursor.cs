namespace Cloud.Storage.Lmdb;

/// <summary>A place among the sorted keys of a database. To be disposed before its transaction ends.</summary>
public sealed unsafe class LmdbCursor : IDisposable
{
    private readonly LmdbEnvironment _environment;
    private nint _native;
    private LmdbNative.Value _key;
    private LmdbNative.Value _value;

    internal LmdbCursor(LmdbEnvironment environment, nint native)
    {
        _environment = environment;
        _native = native;
    }

    /// <summary>The key here: a view of the map, good until the transaction ends or writes.</summary>
    public ReadOnlySpan<byte> Key => new(_key.Data, checked((int)_key.Size));

    /// <summary>The value here: a view of the map, good until the transaction ends or writes.</summary>
    public ReadOnlySpan<byte> Value => new(_value.Data, checked((int)_value.Size));

    /// <summary>Moves to the smallest key.</summary>
    /// <returns>False where there is none.</returns>
    public bool MoveToFirst() => Move(LmdbNative.CursorFirst);

    /// <summary>Moves to the largest key.</summary>
    /// <returns>False where there is none.</returns>
    public bool MoveToLast() => Move(LmdbNative.CursorLast);

    /// <summary>Moves to the next larger key; from nowhere, to the smallest.</summary>
    /// <returns>False where there is none.</returns>
    public bool MoveNext() => Move(LmdbNative.CursorNext);

    /// <summary>Moves to the next smaller key; from nowhere, to the largest.</summary>
    /// <returns>False where there is none.</returns>
    public bool MovePrevious() => Move(LmdbNative.CursorPrevious);

    /// <summary>Moves to the smallest key that is not below another one.</summary>
    /// <param name="key">1 to 511 bytes.</param>
    /// <returns>False where there is none.</returns>
    public bool MoveToAtLeast(ReadOnlySpan<byte> key)
    {
        fixed (byte* start = key)
        {
            _key = new LmdbNative.Value { Size = (nuint)key.Length, Data = start };
            return Move(LmdbNative.CursorSetRange);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_native != 0)
        {
            LmdbNative.CursorClose(_native);
            _native = 0;
        }
    }

    private bool Move(int operation)
    {
        ObjectDisposedException.ThrowIf(_native == 0, this);
        LmdbNative.Value key = _key;
        LmdbNative.Value value = default;
        int code = LmdbNative.CursorGet(_native, &key, &value, operation);
        if (code == LmdbNative.NotFound)
        {
            _key = default;
            _value = default;
            return false;
        }

        _environment.Check(code);
        _key = key;
        _value = value;
        return true;
    }
}
