namespace Cloud.Storage.Lmdb;

/// <summary>A snapshot: it sees the last commit before its begin, for as long as it lives. Any thread, one at a time. Long-lived ones keep freed pages from being used again.</summary>
public sealed class LmdbReadTransaction : LmdbTransaction
{
    private bool _active;

    internal LmdbReadTransaction(LmdbEnvironment environment)
        : base(environment)
    {
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_active)
        {
            _active = false;
            LmdbNative.TransactionReset(Native);
            Environment.Return(this);
        }
    }

    internal void Begin()
    {
        if (Native == 0)
        {
            Environment.Check(LmdbNative.TransactionBegin(Environment.Handle, 0, LmdbNative.TransactionReadOnly, out nint native));
            Native = native;
        }
        else
        {
            Environment.Check(LmdbNative.TransactionRenew(Native));
        }

        _active = true;
    }

    internal void Free()
    {
        if (Native != 0)
        {
            LmdbNative.TransactionAbort(Native);
            Native = 0;
        }
    }
}
