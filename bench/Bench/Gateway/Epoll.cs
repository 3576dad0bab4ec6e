using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Cloud.Bench.Gateway;

/// <summary>Linux's epoll for very many sockets on one thread: thousands of clients that cost the machine next to nothing, so that it is the server that is measured.</summary>
internal sealed partial class Epoll : IDisposable
{
    private const int Add = 1;
    private const uint Readable = 1;
    private const int DoNotWait = 0x40;
    private const int TryAgain = 11;

    // Told once for what has come: a socket that was read is not asked again.
    private const uint EdgeTriggered = 1u << 31;

    private readonly int _descriptor;
    private readonly Event[] _events = new Event[1024];

    public Epoll()
    {
        _descriptor = Create(0);
        if (_descriptor < 0)
        {
            throw new Win32Exception();
        }
    }

    /// <summary>Begins to watch a socket.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="key">What <see cref="Wait"/> names it by.</param>
    public void Watch(Socket socket, int key)
    {
        Event wanted = new() { Events = Readable | EdgeTriggered, Key = key };
        if (Control(_descriptor, Add, (int)socket.Handle, ref wanted) != 0)
        {
            throw new Win32Exception();
        }
    }

    /// <summary>Waits for sockets that can be read.</summary>
    /// <param name="keys">Their keys; at least 1024.</param>
    /// <param name="milliseconds">Longest wait.</param>
    /// <returns>How many.</returns>
    public int Wait(Span<int> keys, int milliseconds)
    {
        int count = Math.Max(0, WaitFor(_descriptor, _events, _events.Length, milliseconds));
        for (int i = 0; i < count; i++)
        {
            keys[i] = (int)_events[i].Key;
        }

        return count;
    }

    /// <summary>Reads what has come, straight from the operating system.</summary>
    /// <param name="socket">The socket's number.</param>
    /// <param name="buffer">Where to.</param>
    /// <returns>How many bytes; 0 where the connection has ended; null where there is nothing yet.</returns>
    public static int? Read(int socket, Span<byte> buffer)
    {
        nint read = Receive(socket, ref MemoryMarshal.GetReference(buffer), buffer.Length, DoNotWait);
        return read >= 0 ? (int)read : Marshal.GetLastPInvokeError() == TryAgain ? null : 0;
    }

    public void Dispose() => _ = Close(_descriptor);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(int descriptor, int operation, int socket, ref Event wanted);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int WaitFor(int descriptor, [Out] Event[] events, int capacity, int milliseconds);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int socket, ref byte buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private struct Event
    {
        public uint Events;
        public long Key;
    }
}
