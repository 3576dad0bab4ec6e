using System.Buffers.Binary;
using System.Text;
using Cloud.Storage.Journals;

namespace Cloud.Storage.Tests;

public sealed class JournalTests
{
    [Fact]
    public async Task Records_are_read_in_order_after_a_restart_too()
    {
        using TemporaryFolder folder = new();
        for (int run = 0; run < 3; run++)
        {
            await using Journal journal = Journal.Open(folder.Path, new JournalOptions { Format = "test/1" }, out JournalReport report);
            Assert.Equal(new JournalReport(run * 10, null, 0), report);
            for (int i = 0; i < 10; i++)
            {
                Assert.Equal((run * 10) + i, await journal.AppendAsync(Content((run * 10) + i)));
            }

            Assert.Equal(Enumerable.Range(0, (run + 1) * 10).Select(i => Text(Content(i))), journal.Read().Select(r => Text(r.Content)));
            Assert.Equal([7L, 8, 9], journal.Read(7).Take(3).Select(r => r.Sequence));
        }
    }

    [Fact]
    public async Task Appends_from_many_threads_get_numbers_without_gaps_and_none_is_lost()
    {
        using TemporaryFolder folder = new();
        long[] numbers;
        await using (Journal journal = Journal.Open(folder.Path, new JournalOptions { MaxQueuedAppends = 16 }, out _))
        {
            numbers = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => Task.Run(async () => await journal.AppendAsync(BitConverter.GetBytes(i)))));
        }

        Assert.Equal(Enumerable.Range(0, 500).Select(i => (long)i), numbers.Order());
        await using Journal again = Journal.Open(folder.Path, new JournalOptions(), out _);
        foreach (JournalRecord record in again.Read())
        {
            Assert.Equal(record.Sequence, numbers[BinaryPrimitives.ReadInt32LittleEndian(record.Content.Span)]);
        }
    }

    [Fact]
    public async Task Files_rotate_and_old_ones_go_when_they_may()
    {
        using TemporaryFolder folder = new();
        JournalOptions options = new() { SegmentLength = 1000 };
        await using (Journal journal = Journal.Open(folder.Path, options, out _))
        {
            for (int i = 0; i < 100; i++)
            {
                await journal.AppendAsync(new byte[100]);
            }

            int files = Directory.GetFiles(folder.Path, "*.journal").Length;
            Assert.True(files > 5);
            journal.TruncateBefore(50);
            Assert.True(Directory.GetFiles(folder.Path, "*.journal").Length < files);
            Assert.InRange(journal.FirstSequence, 30, 50);
            Assert.Equal(50, journal.Read(50).First().Sequence);
            Assert.Equal(journal.FirstSequence, journal.Read().First().Sequence);
            journal.TruncateBefore(long.MaxValue);
        }

        await using Journal again = Journal.Open(folder.Path, options, out _);
        Assert.Equal(100, again.NextSequence);
        Assert.Equal(100, await again.AppendAsync(new byte[1]));
    }

    [Fact]
    public async Task A_half_written_end_is_cut_off_and_reported_wherever_it_was_torn()
    {
        using TemporaryFolder folder = new();
        string file = await Fill(folder, 3);
        byte[] whole = File.ReadAllBytes(file);
        int lastRecord = whole.Length - (int)JournalFormat.LengthInFile(100);
        for (int length = lastRecord + 1; length < whole.Length; length += 9)
        {
            File.WriteAllBytes(file, whole[..length]);
            await using Journal journal = Journal.Open(folder.Path, new JournalOptions(), out JournalReport report);
            Assert.Equal(new JournalReport(2, file, length - lastRecord), report);
            Assert.Equal(2, await journal.AppendAsync(new byte[100]));
        }

        File.WriteAllBytes(file, whole[..40]);
        await using Journal empty = Journal.Open(folder.Path, new JournalOptions(), out JournalReport torn);
        Assert.Equal(new JournalReport(0, file, 40), torn);
    }

    [Fact]
    public async Task Damage_to_a_record_that_was_on_disk_is_refused_and_left_as_it_is()
    {
        using TemporaryFolder folder = new();
        string file = await Fill(folder, 3);
        byte[] whole = File.ReadAllBytes(file);
        int record = (int)JournalFormat.LengthInFile(100);
        Random random = new(4);
        for (int i = 0; i < 200; i++)
        {
            byte[] bad = (byte[])whole.Clone();
            // The padding is not covered by a checksum and does not count.
            bad[JournalFormat.HeaderLength + (random.Next(2) * record) + random.Next(JournalFormat.RecordHeaderLength + 100)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(file, bad);
            StorageException e = Assert.Throws<StorageException>(() => Journal.Open(folder.Path, new JournalOptions(), out _));
            Assert.Equal(StorageFault.CorruptFile, e.Fault);
            Assert.Equal(file, e.File);
            Assert.Equal(bad, File.ReadAllBytes(file));
        }
    }

    [Fact]
    public async Task Records_of_one_group_that_a_crash_wrote_in_another_order_are_a_torn_end_and_not_damage()
    {
        using TemporaryFolder folder = new();
        string file = await Fill(folder, 1);
        byte[] durable = File.ReadAllBytes(file);
        int length = (int)JournalFormat.LengthInFile(100);
        byte[] group = new byte[2 * length];
        JournalFormat.WriteRecord(group.AsSpan(0, length), new byte[100], 1, durable.Length);
        JournalFormat.WriteRecord(group.AsSpan(length), new byte[100], 2, durable.Length);
        group[30] ^= 1;
        File.WriteAllBytes(file, [.. durable, .. group]);
        await using Journal journal = Journal.Open(folder.Path, new JournalOptions(), out JournalReport report);
        Assert.Equal(new JournalReport(1, file, group.Length), report);
    }

    [Fact]
    public async Task A_missing_file_in_the_middle_is_refused()
    {
        using TemporaryFolder folder = new();
        JournalOptions options = new() { SegmentLength = 200 };
        await using (Journal journal = Journal.Open(folder.Path, options, out _))
        {
            for (int i = 0; i < 20; i++)
            {
                await journal.AppendAsync(new byte[100]);
            }
        }

        string[] files = [.. Directory.GetFiles(folder.Path, "*.journal").Order(StringComparer.Ordinal)];
        File.Delete(files[2]);
        Assert.Equal(StorageFault.CorruptFile, Assert.Throws<StorageException>(() => Journal.Open(folder.Path, options, out _)).Fault);
    }

    [Fact]
    public async Task Another_format_an_oversized_record_and_a_closed_journal_are_refused()
    {
        using TemporaryFolder folder = new();
        JournalOptions options = new() { Format = "a/1", MaxRecordLength = 100 };
        Journal journal = Journal.Open(folder.Path, options, out _);
        StorageException tooLong = await Assert.ThrowsAsync<StorageException>(async () => await journal.AppendAsync(new byte[101]));
        Assert.Equal(StorageFault.LimitExceeded, tooLong.Fault);
        Assert.Equal(0, await journal.AppendAsync(new byte[100]));
        await journal.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await journal.AppendAsync(new byte[1]));
        StorageException other = Assert.Throws<StorageException>(() => Journal.Open(folder.Path, options with { Format = "a/2" }, out _));
        Assert.Equal(StorageFault.VersionMismatch, other.Fault);
    }

    [Fact]
    public async Task A_full_disk_fails_the_append_and_the_journal_goes_on_when_there_is_room()
    {
        using SmallDisk disk = new(kibibytes: 256);
        string ballast = Path.Combine(disk.Path, "ballast");
        File.WriteAllBytes(ballast, new byte[100 << 10]);
        await using Journal journal = Journal.Open(Path.Combine(disk.Path, "journal"), new JournalOptions(), out _);
        Assert.Equal(0, await journal.AppendAsync(new byte[10_000]));
        StorageException e = await Assert.ThrowsAsync<StorageException>(async () => await journal.AppendAsync(new byte[200_000]));
        Assert.Equal(StorageFault.DiskFull, e.Fault);
        Assert.Equal(1, await journal.AppendAsync(new byte[10_000]));
        File.Delete(ballast);
        Assert.Equal(2, await journal.AppendAsync(new byte[150_000]));
        Assert.Equal([10_000, 10_000, 150_000], journal.Read().Select(r => r.Content.Length));
    }

    [Fact]
    public async Task The_journal_in_memory_behaves_as_the_one_on_disk()
    {
        using TemporaryFolder folder = new();
        await using Journal onDisk = Journal.Open(folder.Path, new JournalOptions(), out _);
        await using MemoryJournal inMemory = new();
        foreach (IJournal journal in new IJournal[] { onDisk, inMemory })
        {
            for (int i = 0; i < 5; i++)
            {
                Assert.Equal(i, await journal.AppendAsync(Content(i)));
            }

            Assert.Equal(5, journal.NextSequence);
            Assert.Equal([3L, 4], journal.Read(3).Select(r => r.Sequence));
        }

        inMemory.TruncateBefore(2);
        Assert.Equal(2, inMemory.FirstSequence);
        Assert.Equal([2L, 3, 4], inMemory.Read().Select(r => r.Sequence));
    }

    [Fact]
    public void The_checksum_is_CRC_32C() => Assert.Equal(0xe3069283, JournalFormat.Crc32C("123456789"u8));

    private static async Task<string> Fill(TemporaryFolder folder, int records)
    {
        await using Journal journal = Journal.Open(folder.Path, new JournalOptions(), out _);
        for (int i = 0; i < records; i++)
        {
            byte[] content = new byte[100];
            content.AsSpan().Fill((byte)(i + 1));
            await journal.AppendAsync(content);
        }

        return Assert.Single(Directory.GetFiles(folder.Path, "*.journal"));
    }

    private static byte[] Content(int i) => Encoding.UTF8.GetBytes(new string('x', i * 13 % 40) + i);

    private static string Text(ReadOnlyMemory<byte> content) => Encoding.UTF8.GetString(content.Span);
}
