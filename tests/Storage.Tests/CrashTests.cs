using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Cloud.Storage.Journals;
using Cloud.Storage.Lmdb;

namespace Cloud.Storage.Tests;

/// <summary>A process is killed while it writes; what it reported as written must be there afterwards. STORAGE_TESTS_KILLS sets how often.</summary>
public sealed class CrashTests
{
    private static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("STORAGE_TESTS_KILLS") ?? "4", CultureInfo.InvariantCulture);

    [Fact]
    public void Lmdb_keeps_every_commit_that_was_reported_and_no_part_of_another()
    {
        using TemporaryFolder folder = new();
        for (int kill = 0; kill < Kills; kill++)
        {
            long reported = RunAndKill("lmdb", folder.Path, kill);
            using LmdbEnvironment environment = LmdbEnvironment.Open(folder.Path, new LmdbOptions());
            LmdbDatabase database = environment.OpenDatabase("numbers");
            using LmdbReadTransaction transaction = environment.BeginRead();
            long count = transaction.Count(database);
            Assert.Equal(0, count % 10);
            Assert.True(count / 10 >= reported, $"{reported} reported, {count / 10} found");
        }
    }

    [Fact]
    public async Task A_journal_keeps_every_append_that_was_reported()
    {
        using TemporaryFolder folder = new();
        for (int kill = 0; kill < Kills; kill++)
        {
            long reported = RunAndKill("journal", folder.Path, kill);
            await using Journal journal = Journal.Open(folder.Path, new JournalOptions { SegmentLength = 1 << 20 }, out _);
            long next = 0;
            foreach (JournalRecord record in journal.Read())
            {
                Assert.Equal(next, record.Sequence);
                Assert.Equal(next, BinaryPrimitives.ReadInt64LittleEndian(record.Content.Span));
                next++;
            }

            Assert.Equal(journal.NextSequence, next);
            Assert.True(next > reported, $"{reported} reported, {next} found");
        }
    }

    [Fact]
    public async Task A_second_process_is_told_who_has_the_folder()
    {
        using TemporaryFolder folder = new();
        using LmdbEnvironment environment = LmdbEnvironment.Open(folder.File("lmdb"), new LmdbOptions());
        await using Journal journal = Journal.Open(folder.File("journal"), new JournalOptions(), out _);
        using Process child = ChildProcess.Start("open", folder.Path);
        Assert.Equal("Locked Locked", (await child.StandardOutput.ReadToEndAsync()).Trim());
        await child.WaitForExitAsync();
    }

    internal static void WriteLmdbForever(string folder)
    {
        using LmdbEnvironment environment = LmdbEnvironment.Open(folder, new LmdbOptions { MapSize = 1 << 20 });
        LmdbDatabase database = environment.OpenDatabase("numbers");
        byte[] key = new byte[8];
        byte[] value = new byte[2000];
        while (true)
        {
            long commit = environment.Write(transaction =>
            {
                long count = transaction.Count(database);
                for (int i = 0; i < 10; i++)
                {
                    BinaryPrimitives.WriteInt64BigEndian(key, count + i);
                    transaction.Put(database, key, value);
                }

                return (count / 10) + 1;
            });
            Console.Out.WriteLine(commit);
            Console.Out.Flush();
        }
    }

    internal static void WriteJournalForever(string folder)
    {
        Journal journal = Journal.Open(folder, new JournalOptions { SegmentLength = 1 << 20 }, out _);
        byte[] record = new byte[5000];
        while (true)
        {
            BinaryPrimitives.WriteInt64LittleEndian(record, journal.NextSequence);
            Console.Out.WriteLine(journal.AppendAsync(record).AsTask().GetAwaiter().GetResult());
            Console.Out.Flush();
        }
    }

    internal static void OpenBoth(string folder)
    {
        Console.Out.Write(Fault(() => LmdbEnvironment.Open(Path.Combine(folder, "lmdb"), new LmdbOptions()).Dispose()));
        Console.Out.Write(' ');
        Console.Out.Write(Fault(() => Journal.Open(Path.Combine(folder, "journal"), new JournalOptions(), out _)));
        Console.Out.Flush();

        static string Fault(Action open)
        {
            try
            {
                open();
                return "opened";
            }
            catch (StorageException e)
            {
                return e.Fault.ToString();
            }
        }
    }

    // Lines come one a commit: reading a given number of them is the random moment, without a clock.
    private static long RunAndKill(string role, string folder, int seed)
    {
        using Process child = ChildProcess.Start(role, folder);
        int lines = new Random(seed).Next(1, 200);
        long reported = -1;
        for (int i = 0; i < lines; i++)
        {
            string line = child.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The child ended by itself.");
            reported = long.Parse(line, CultureInfo.InvariantCulture);
        }

        child.Kill();
        string rest = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        foreach (string line in rest.Split('\n', StringSplitOptions.RemoveEmptyEntries)[..^(rest.EndsWith('\n') || rest.Length == 0 ? 0 : 1)])
        {
            reported = long.Parse(line, CultureInfo.InvariantCulture);
        }

        return reported;
    }
}
