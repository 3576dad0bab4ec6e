using System.Buffers.Binary;
using Cloud.Storage.Lmdb;

namespace Cloud.Storage.Tests;

public sealed class LmdbEnvironmentTests
{
    [Fact]
    public void Values_are_read_as_they_were_written_after_a_restart_too()
    {
        using TemporaryFolder folder = new();
        for (int run = 0; run < 2; run++)
        {
            using LmdbEnvironment environment = LmdbEnvironment.Open(folder.Path, new LmdbOptions { Format = "test/1" });
            LmdbDatabase database = environment.OpenDatabase("a");
            if (run == 0)
            {
                environment.Write(t =>
                {
                    t.Put(database, [1], [10, 11]);
                    t.Put(database, [2], []);
                    t.Reserve(database, [3], 3).Fill(9);
                    Assert.False(t.TryAdd(database, [1], [0]));
                    Assert.True(t.Delete(database, [2]));
                    Assert.False(t.Delete(database, [2]));
                });
            }

            using LmdbReadTransaction read = environment.BeginRead();
            Assert.True(read.TryGet(database, [1], out ReadOnlySpan<byte> value));
            Assert.Equal([10, 11], value.ToArray());
            Assert.False(read.TryGet(database, [2], out _));
            Assert.True(read.TryGet(database, [3], out value));
            Assert.Equal([9, 9, 9], value.ToArray());
            Assert.Equal(2, read.Count(database));
        }
    }

    [Fact]
    public void A_cursor_goes_through_the_keys_in_their_order()
    {
        using TemporaryFolder folder = new();
        using LmdbEnvironment environment = LmdbEnvironment.Open(folder.Path, new LmdbOptions());
        LmdbDatabase database = environment.OpenDatabase("a");
        environment.Write(t =>
        {
            foreach (byte key in new byte[] { 5, 1, 3 })
            {
                t.Put(database, [key], [(byte)(key * 2)]);
            }

            t.Append(database, [9], [18]);
            Assert.Throws<ArgumentException>(() => t.Append(database, [2], [4]));
        });
        using LmdbReadTransaction read = environment.BeginRead();
        using LmdbCursor cursor = read.OpenCursor(database);
        List<byte> keys = [];
        while (cursor.MoveNext())
        {
            keys.Add(cursor.Key[0]);
            Assert.Equal(cursor.Key[0] * 2, cursor.Value[0]);
        }

        Assert.Equal([1, 3, 5, 9], keys);
        Assert.True(cursor.MoveToAtLeast([4]));
        Assert.Equal(5, cursor.Key[0]);
        Assert.True(cursor.MovePrevious());
        Assert.Equal(3, cursor.Key[0]);
        Assert.True(cursor.MoveToLast());
        Assert.Equal(9, cursor.Key[0]);
        Assert.True(cursor.MoveToFirst());
        Assert.Equal(1, cursor.Key[0]);
        Assert.False(cursor.MoveToAtLeast([10]));
    }

    [Fact]
    public void A_snapshot_does_not_see_later_commits_and_an_undone_transaction_leaves_nothing()
    {
        using TemporaryFolder folder = new();
        using LmdbEnvironment environment = LmdbEnvironment.Open(folder.Path, new LmdbOptions());
        LmdbDatabase database = environment.OpenDatabase("a");
        environment.Write(t => t.Put(database, [1], [1]));
        using LmdbReadTransaction before = environment.BeginRead();
        environment.Write(t => t.Put(database, [1], [2]));
        using (LmdbWriteTransaction undone = environment.BeginWrite())
        {
            undone.Put(database, [1], [3]);
        }

        Assert.Throws<InvalidOperationException>(() => environment.Write(t =>
        {
            t.Put(database, [1], [4]);
            throw new InvalidOperationException();
        }));
        using LmdbReadTransaction after = environment.BeginRead();
        Assert.True(before.TryGet(database, [1], out ReadOnlySpan<byte> value));
        Assert.Equal(1, value[0]);
        Assert.True(after.TryGet(database, [1], out value));
        Assert.Equal(2, value[0]);
    }

    [Fact]
    public void A_full_map_grows_under_the_change_that_filled_it()
    {
        using TemporaryFolder folder = new();
        using LmdbEnvironment environment = LmdbEnvironment.Open(folder.Path, new LmdbOptions { MapSize = 1 << 17, MaxMapSize = 1 << 26, SyncMode = LmdbSyncMode.None });
        LmdbDatabase database = environment.OpenDatabase("a");
        int runs = 0;
        environment.Write(t =>
        {
            runs++;
            byte[] key = new byte[4];
            for (int i = 0; i < 10_000; i++)
            {
                BinaryPrimitives.WriteInt32BigEndian(key, i);
                t.Put(database, key, new byte[100]);
            }
        });
        Assert.True(runs > 1);
        Assert.True(environment.MapSize > 1 << 17);
        Assert.True(environment.UsedBytes > 1_000_000);
        using LmdbReadTransaction read = environment.BeginRead();
        Assert.Equal(10_000, read.Count(database));
    }

    [Fact]
    public async Task The_map_grows_while_other_threads_read()
    {
        using TemporaryFolder folder = new();
        using LmdbEnvironment environment = LmdbEnvironment.Open(folder.Path, new LmdbOptions { MapSize = 1 << 17, SyncMode = LmdbSyncMode.None });
        LmdbDatabase database = environment.OpenDatabase("a");
        environment.Write(t => t.Put(database, [0], [42]));
        using CancellationTokenSource stop = new();
        Task[] readers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                using LmdbReadTransaction read = environment.BeginRead();
                Assert.True(read.TryGet(database, [0], out ReadOnlySpan<byte> value));
                Assert.Equal(42, value[0]);
            }
        }))];
        byte[] key = new byte[5];
        for (int i = 0; i < 5_000; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(key.AsSpan(1), i);
            environment.Write(t => t.Put(database, key, new byte[500]));
        }

        await stop.CancelAsync();
        await Task.WhenAll(readers);
        Assert.True(environment.MapSize > 1 << 20);
    }

    [Fact]
    public void A_map_that_may_not_grow_is_refused_by_name_and_keeps_what_it_has()
    {
        using TemporaryFolder folder = new();
        using LmdbEnvironment environment = LmdbEnvironment.Open(folder.Path, new LmdbOptions { MapSize = 1 << 17, MaxMapSize = 1 << 17 });
        LmdbDatabase database = environment.OpenDatabase("a");
        environment.Write(t => t.Put(database, [1], [1]));
        StorageException e = Assert.Throws<StorageException>(() => environment.Write(t => t.Put(database, [2], new byte[1 << 20])));
        Assert.Equal(StorageFault.MapFull, e.Fault);
        Assert.Contains("data.mdb", e.File, StringComparison.Ordinal);
        environment.Write(t => t.Put(database, [3], [3]));
        using LmdbReadTransaction read = environment.BeginRead();
        Assert.Equal(2, read.Count(database));
    }

    [Fact]
    public void A_map_that_cannot_grow_for_an_open_snapshot_says_so()
    {
        using TemporaryFolder folder = new();
        using LmdbEnvironment environment = LmdbEnvironment.Open(folder.Path, new LmdbOptions { MapSize = 1 << 17, GrowTimeout = TimeSpan.FromMilliseconds(20) });
        LmdbDatabase database = environment.OpenDatabase("a");
        using (environment.BeginRead())
        {
            StorageException e = Assert.Throws<StorageException>(() => environment.Write(t => t.Put(database, [2], new byte[1 << 20])));
            Assert.Equal(StorageFault.MapFull, e.Fault);
            Assert.Contains("transaction was open", e.Rule, StringComparison.Ordinal);
        }

        environment.Write(t => t.Put(database, [2], new byte[1 << 20]));
    }

    [Fact]
    public async Task Closing_waits_for_those_who_read_and_lets_nobody_begin()
    {
        using TemporaryFolder folder = new();
        LmdbEnvironment environment = LmdbEnvironment.Open(folder.Path, new LmdbOptions());
        LmdbDatabase database = environment.OpenDatabase("a");
        environment.Write(t => t.Put(database, [1], [7]));
        LmdbReadTransaction read = environment.BeginRead();
        Task closing = Task.Run(environment.Dispose, TestContext.Current.CancellationToken);
        Task<Exception> late = Task.Run(
            () =>
            {
                while (true)
                {
                    try
                    {
                        // Those that still get in end at once; then one waits for the close.
                        environment.BeginRead().Dispose();
                    }
                    catch (ObjectDisposedException exception)
                    {
                        return (Exception)exception;
                    }
                }
            },
            TestContext.Current.CancellationToken);
        for (int i = 0; i < 10_000; i++)
        {
            Assert.True(read.TryGet(database, [1], out ReadOnlySpan<byte> value) && value[0] == 7);
        }

        Assert.False(closing.IsCompleted);
        read.Dispose();
        await closing.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.IsType<ObjectDisposedException>(await late);
        environment.Dispose();
        LmdbEnvironment.Open(folder.Path, new LmdbOptions()).Dispose();
    }

    [Fact]
    public void A_snapshot_that_never_ends_keeps_the_folder_and_not_the_one_who_closes_it()
    {
        using TemporaryFolder folder = new();
        LmdbEnvironment environment = LmdbEnvironment.Open(folder.Path, new LmdbOptions { GrowTimeout = TimeSpan.FromMilliseconds(20) });
        LmdbDatabase database = environment.OpenDatabase("a");
        environment.Write(t => t.Put(database, [1], [7]));
        LmdbReadTransaction read = environment.BeginRead();
        environment.Dispose();
        Assert.True(read.TryGet(database, [1], out _));
        Assert.Equal(StorageFault.Locked, Assert.Throws<StorageException>(() => LmdbEnvironment.Open(folder.Path, new LmdbOptions())).Fault);
    }

    [Fact]
    public void Another_format_is_refused()
    {
        using TemporaryFolder folder = new();
        LmdbEnvironment.Open(folder.Path, new LmdbOptions { Format = "state/1" }).Dispose();
        StorageException e = Assert.Throws<StorageException>(() => LmdbEnvironment.Open(folder.Path, new LmdbOptions { Format = "state/2" }));
        Assert.Equal(StorageFault.VersionMismatch, e.Fault);
        LmdbEnvironment.Open(folder.Path, new LmdbOptions { Format = "state/1" }).Dispose();
    }

    [Fact]
    public void A_file_that_is_no_database_or_was_cut_is_refused_and_left_as_it_is()
    {
        using TemporaryFolder folder = new();
        using (LmdbEnvironment environment = LmdbEnvironment.Open(folder.Path, new LmdbOptions()))
        {
            LmdbDatabase database = environment.OpenDatabase("a");
            environment.Write(t => t.Put(database, [1], new byte[100_000]));
        }

        string file = folder.File("data.mdb");
        byte[] good = File.ReadAllBytes(file);
        foreach (byte[] bad in new[] { good[..(good.Length / 2)], good[..5000], good[..100], [.. new byte[8192].Select((_, i) => (byte)i)] })
        {
            File.WriteAllBytes(file, bad);
            StorageException e = Assert.Throws<StorageException>(() => LmdbEnvironment.Open(folder.Path, new LmdbOptions()));
            Assert.Equal(StorageFault.CorruptFile, e.Fault);
            Assert.Equal(file, e.File);
            Assert.Equal(bad.Length, new FileInfo(file).Length);
        }

        File.WriteAllBytes(file, good);
        LmdbEnvironment.Open(folder.Path, new LmdbOptions()).Dispose();
    }

    [Fact]
    public void A_full_disk_fails_the_commit_and_keeps_what_was_there()
    {
        using SmallDisk disk = new(kibibytes: 512);
        using LmdbEnvironment environment = LmdbEnvironment.Open(disk.Path, new LmdbOptions());
        LmdbDatabase database = environment.OpenDatabase("a");
        environment.Write(t => t.Put(database, [1], [1]));
        StorageException e = Assert.Throws<StorageException>(() => environment.Write(t => t.Put(database, [2], new byte[2 << 20])));
        Assert.Equal(StorageFault.DiskFull, e.Fault);
        using (LmdbReadTransaction read = environment.BeginRead())
        {
            Assert.True(read.TryGet(database, [1], out _));
            Assert.False(read.TryGet(database, [2], out _));
        }

        environment.Write(t => t.Put(database, [3], [3]));
    }

    [Fact]
    public void Keys_out_of_range_and_use_after_the_end_are_programming_errors()
    {
        using TemporaryFolder folder = new();
        using LmdbEnvironment environment = LmdbEnvironment.Open(folder.Path, new LmdbOptions());
        LmdbDatabase database = environment.OpenDatabase("a");
        Assert.Throws<ArgumentException>(() => environment.Write(t => t.Put(database, [], [1])));
        Assert.Throws<ArgumentException>(() => environment.Write(t => t.Put(database, new byte[512], [1])));
        LmdbWriteTransaction ended = environment.BeginWrite();
        ended.Commit();
        ended.Dispose();
        Assert.Throws<ObjectDisposedException>(() => ended.Put(database, [1], [1]));
    }
}
