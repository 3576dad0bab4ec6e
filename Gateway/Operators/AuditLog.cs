using System.Collections.Immutable;
using Cloud.Gateway.Keys;
using Cloud.Gateway.Status;

namespace Cloud.Gateway.Operators;

/// <summary>What operators did: a line of JSON each in a file that is only ever added to, and the newest in memory. Safe for several threads.</summary>
internal sealed class AuditLog(KeyOptions options)
{
    private const int Remembered = 1000;

    private readonly Lock _gate = new();
    private readonly Queue<AuditEntry> _entries = [];

    /// <summary>Notes an action; durable when it returns, where there is a file.</summary>
    /// <param name="entry">The action.</param>
    public void Add(AuditEntry entry)
    {
        lock (_gate)
        {
            if (options.AuditFile.Length > 0)
            {
                FileStreamOptions stream = new() { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.Read };
                if (!OperatingSystem.IsWindows())
                {
                    stream.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
                }

                using FileStream file = new(options.AuditFile, stream);
                file.Write([.. StatusJson.Write(entry), (byte)'\n']);
                file.Flush(flushToDisk: true);
            }

            _entries.Enqueue(entry);
            if (_entries.Count > Remembered)
            {
                _entries.Dequeue();
            }
        }
    }

    /// <summary>The newest entries.</summary>
    /// <param name="limit">How many.</param>
    /// <returns>Newest first.</returns>
    public ImmutableArray<AuditEntry> Newest(int limit)
    {
        lock (_gate)
        {
            return [.. _entries.Reverse().Take(limit)];
        }
    }
}
