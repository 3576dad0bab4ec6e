using System.Buffers.Binary;
using Cloud.Storage;
using Microsoft.Win32.SafeHandles;

namespace Cloud.Testing.Time;

/// <summary>Remembers until when a chain's clock has run, a few times a second, so that it goes on from there after the process was killed.</summary>
internal sealed class ClockFile : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    private readonly SafeFileHandle _file;
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private bool _isClosed;

    internal ClockFile(string path, TimeProvider clock)
    {
        try
        {
            _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw StorageException.From(path, exception);
        }

        _clock = clock;
        _timer = clock.CreateTimer(static state => ((ClockFile)state!).Write(), this, Period, Period);
    }

    /// <summary>Until when the clock has run.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Null where it was never written.</returns>
    internal static DateTimeOffset? Read(string path)
    {
        byte[] ticks = new byte[sizeof(long)];
        if (!File.Exists(path))
        {
            return null;
        }

        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return RandomAccess.Read(file, ticks, 0) == ticks.Length && BinaryPrimitives.ReadInt64LittleEndian(ticks) is > 0 and var read && read <= DateTimeOffset.MaxValue.UtcTicks
            ? new DateTimeOffset(read, TimeSpan.Zero)
            : null;
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_gate)
        {
            if (!_isClosed)
            {
                _isClosed = true;
                WriteNow();
                _file.Dispose();
            }
        }
    }

    private void Write()
    {
        lock (_gate)
        {
            if (!_isClosed)
            {
                WriteNow();
            }
        }
    }

    private void WriteNow()
    {
        Span<byte> ticks = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(ticks, _clock.GetUtcNow().UtcTicks);
        try
        {
            // Not flushed: it has to survive the process, not the machine.
            RandomAccess.Write(_file, ticks, 0);
        }
        catch (IOException)
        {
            // The disk is full: the journal says so, and the clock goes on a little earlier.
        }
    }
}
