using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Cloud.Bench.Gateway;

/// <summary>
/// Thousands of WebSocket clients of newFlashblocks in a process of their own, read by one thread, and one client that never reads. What each one gets, and when, goes to standard output
/// when the time is over: pairs of 64-bit numbers, block and index, then the monotonic clock's ticks; last a pair of -1 and how many were closed, -2 and how the slow one ended, -3 and the processor time of it all.
/// </summary>
internal static class SubscriberSwarm
{
    /// <summary>First argument of the process.</summary>
    public const string Verb = "subscriber-swarm";

    /// <summary>The line that tells that all have subscribed.</summary>
    public const string Ready = "ready";

    /// <summary>In place of a block: how many subscribers were closed.</summary>
    public const long ClosedMark = -1;

    /// <summary>In place of a block: 1 where the client that never reads was closed.</summary>
    public const long SlowMark = -2;

    /// <summary>In place of a block: microseconds of processor time that reading took.</summary>
    public const long ProcessorMark = -3;

    private const int IndexBits = 16;
    private const int SlowSubscriptions = 100;
    private const int Crowd = 256;
    private static readonly byte[] Subscribe = Frame("""{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newFlashblocks"]}""", 1);

    /// <summary>Number of a flashblock in the output.</summary>
    public static long KeyOf(ulong block, ulong index) => (long)((block << IndexBits) | index);

    /// <summary>Runs the process.</summary>
    /// <param name="arguments">Host, port, path, number of clients, seconds.</param>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        IPEndPoint server = new(IPAddress.Parse(arguments[0]), int.Parse(arguments[1], CultureInfo.InvariantCulture));
        string path = arguments[2];
        int count = int.Parse(arguments[3], CultureInfo.InvariantCulture);
        double seconds = double.Parse(arguments[4], CultureInfo.InvariantCulture);
        using Socket slow = Open(server, path, receiveBuffer: 1024);
        for (int i = 0; i < SlowSubscriptions; i++)
        {
            slow.Send(Subscribe);
        }

        using Epoll epoll = new();
        Client[] clients = new Client[count];
        for (int i = 0; i < count; i++)
        {
            clients[i] = new Client(Open(server, path, receiveBuffer: null));
            clients[i].Socket.Send(Subscribe);
            epoll.Watch(clients[i].Socket, i);
        }

        using Stream output = Console.OpenStandardOutput();
        output.Write(Encoding.ASCII.GetBytes(Ready + "\n"));
        output.Flush();
        List<(long Key, long Ticks)> got = new((int)(count * seconds * 6));
        TimeSpan before = Environment.CpuUsage.TotalTime;
        int closed = Read(epoll, clients, got, seconds);
        long processor = (long)(Environment.CpuUsage.TotalTime - before).TotalMicroseconds;
        byte[] record = new byte[16];
        foreach ((long key, long ticks) in (IEnumerable<(long, long)>)[.. got, (ClosedMark, closed), (SlowMark, WasClosed(slow) ? 1 : 0), (ProcessorMark, processor)])
        {
            BinaryPrimitives.WriteInt64LittleEndian(record, key);
            BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(8), ticks);
            output.Write(record);
        }

        foreach (Client client in clients)
        {
            client.Socket.Dispose();
        }

        return 0;
    }

    private static Socket Open(IPEndPoint server, string path, int? receiveBuffer)
    {
        Socket socket = new(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } bytes)
        {
            socket.ReceiveBufferSize = bytes;
        }

        socket.Connect(server);
        socket.Send(Encoding.ASCII.GetBytes(
            $"GET {path} HTTP/1.1\r\nHost: {server}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"));
        byte[] buffer = new byte[1024];
        int length = 0;
        while (!buffer.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
        {
            int read = socket.Receive(buffer.AsSpan(length));
            length += read > 0 ? read : throw new IOException("the gateway closed the connection: " + Encoding.ASCII.GetString(buffer, 0, length));
        }

        return buffer.AsSpan().StartsWith("HTTP/1.1 101"u8) ? socket : throw new IOException(Encoding.ASCII.GetString(buffer, 0, length));
    }

    private static byte[] Frame(string text, byte opcode)
    {
        // Masked, as a client must; a mask of zeros leaves the text as it is.
        byte[] payload = Encoding.ASCII.GetBytes(text);
        return [(byte)(0x80 | opcode), (byte)(0x80 | payload.Length), 0, 0, 0, 0, .. payload];
    }

    private static int Read(Epoll epoll, Client[] clients, List<(long Key, long Ticks)> got, double seconds)
    {
        int[] ready = new int[1024];
        byte[] buffer = new byte[1 << 18];
        long start = Stopwatch.GetTimestamp();
        int closed = 0;
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            int count = epoll.Wait(ready, 0);
            if (count < Crowd)
            {
                // Looking each millisecond: a wake-up for each message would be paid by the gateway, which no client on another machine does.
                Thread.Sleep(1);
            }

            foreach (int key in ready.AsSpan(0, count))
            {
                Client client = clients[key];
                client.Carry.CopyTo(buffer, 0);
                int length = client.Carry.Length;
                if (Epoll.Read(client.Number, buffer.AsSpan(length)) is not { } read)
                {
                    continue;
                }

                if (read == 0 || !client.Take(buffer.AsSpan(0, length + read), Stopwatch.GetTimestamp(), got))
                {
                    client.Socket.Dispose();
                    closed++;
                }
            }
        }

        return closed;
    }

    /// <summary>Reads what is left for the client that has not read; tells whether its connection came to an end.</summary>
    private static bool WasClosed(Socket slow)
    {
        slow.ReceiveTimeout = 2_000;
        byte[] buffer = new byte[1 << 16];
        try
        {
            for (int i = 0; i < 10_000; i++)
            {
                if (slow.Receive(buffer) == 0)
                {
                    return true;
                }
            }
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted;
        }

        return false;
    }

    private sealed class Client(Socket socket)
    {
        public Socket Socket => socket;

        /// <summary>The operating system's number of it.</summary>
        public int Number { get; } = (int)socket.Handle;

        /// <summary>The part of a frame that has come.</summary>
        public byte[] Carry { get; private set; } = [];

        /// <summary>Takes frames apart.</summary>
        /// <returns>False where the server closes.</returns>
        public bool Take(ReadOnlySpan<byte> bytes, long now, List<(long Key, long Ticks)> got)
        {
            while (bytes.Length >= 2)
            {
                int opcode = bytes[0] & 0xf;
                int head = (bytes[1] & 0x7f) switch { 126 => 4, 127 => 10, _ => 2 };
                if (bytes.Length < head)
                {
                    break;
                }

                long length = head switch { 4 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]), 10 => BinaryPrimitives.ReadInt64BigEndian(bytes[2..]), _ => bytes[1] };
                if (bytes.Length < head + length)
                {
                    break;
                }

                ReadOnlySpan<byte> payload = bytes.Slice(head, (int)length);
                bytes = bytes[(head + (int)length)..];
                switch (opcode)
                {
                    case 8:
                        return false;
                    case 9:
                        socket.Send(Frame(Encoding.ASCII.GetString(payload), 10));
                        break;
                    default:
                        if (TryRead(payload, "\"number\":\"0x"u8, out ulong block) && TryRead(payload, "\"flashblockIndex\":\"0x"u8, out ulong index))
                        {
                            got.Add((KeyOf(block, index), now));
                        }

                        break;
                }
            }

            Carry = bytes.IsEmpty ? [] : bytes.ToArray();
            return true;
        }

        private static bool TryRead(ReadOnlySpan<byte> message, ReadOnlySpan<byte> key, out ulong value)
        {
            value = 0;
            int at = message.IndexOf(key);
            return at >= 0 && Utf8Parser.TryParse(message[(at + key.Length)..], out value, out _, 'x');
        }
    }
}
