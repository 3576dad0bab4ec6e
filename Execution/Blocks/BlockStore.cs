using System.Buffers.Binary;
using System.Collections.Immutable;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;
using Cloud.Protocol.Transactions;
using Cloud.Storage;
using Cloud.Storage.Lmdb;

namespace Cloud.Execution.Blocks;

/// <summary>
/// One chain of blocks with their receipts on disk, to be found by number, by hash, by transaction and by log. A block is written with all of its index entries in one
/// transaction, and taken back the same way. Safe for use by several threads.
/// </summary>
public sealed class BlockStore : IDisposable
{
    private const string Format = "preconf-blocks/1";
    private const int NumberLength = sizeof(ulong);
    private const int PlaceLength = NumberLength + sizeof(int);

    // What was stored was checked when it was received.
    private static readonly TransactionRules Rules = new() { AllowDeposits = true, MaxLength = int.MaxValue };

    private readonly LmdbEnvironment _environment;
    private readonly LmdbDatabase _blocks;
    private readonly LmdbDatabase _receipts;
    private readonly LmdbDatabase _blooms;
    private readonly LmdbDatabase _numbers;
    private readonly LmdbDatabase _transactions;

    private BlockStore(LmdbEnvironment environment)
    {
        _environment = environment;
        _blocks = environment.OpenDatabase("blocks");
        _receipts = environment.OpenDatabase("receipts");
        _blooms = environment.OpenDatabase("blooms");
        _numbers = environment.OpenDatabase("numbers");
        _transactions = environment.OpenDatabase("transactions");
    }

    /// <summary>Number of the newest block; null without any.</summary>
    public ulong? Head
    {
        get
        {
            using LmdbReadTransaction transaction = _environment.BeginRead();
            return Edge(transaction, newest: true);
        }
    }

    /// <summary>Number of the oldest block; null without any.</summary>
    public ulong? Oldest
    {
        get
        {
            using LmdbReadTransaction transaction = _environment.BeginRead();
            return Edge(transaction, newest: false);
        }
    }

    /// <summary>Opens a folder, and makes it where there is none.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="syncMode">What a write waits for.</param>
    /// <returns>The store, to be disposed.</returns>
    /// <exception cref="StorageException">The folder is in use, or damaged, or of another format.</exception>
    public static BlockStore Open(string directory, LmdbSyncMode syncMode = LmdbSyncMode.Full)
    {
        LmdbEnvironment environment = LmdbEnvironment.Open(directory, new LmdbOptions { Format = Format, SyncMode = syncMode });
        try
        {
            return new BlockStore(environment);
        }
        catch
        {
            environment.Dispose();
            throw;
        }
    }

    /// <summary>Puts a block on top of the newest one.</summary>
    /// <param name="block">The block; the first one may have any number.</param>
    /// <param name="receipts">Its receipts, one for each transaction.</param>
    /// <exception cref="ArgumentException">The block is not a child of the newest one, or the receipts are not as many as the transactions.</exception>
    /// <exception cref="StorageException">Nothing was written.</exception>
    public void Append(Block block, IReadOnlyList<Receipt> receipts)
    {
        if (receipts.Count != block.Transactions.Length)
        {
            throw new ArgumentException($"Block {block.Header.Number} has {block.Transactions.Length} transactions and {receipts.Count} receipts.", nameof(receipts));
        }

        byte[] body = block.Encode();
        byte[] encodedReceipts = Encode(receipts);
        Bloom bloom = Bloom.Of(receipts);
        _environment.Write(transaction =>
        {
            Span<byte> number = stackalloc byte[NumberLength];
            if (Edge(transaction, newest: true) is { } head)
            {
                Hash256 parent = Load(transaction, head)!.Hash;
                if (block.Header.Number != head + 1 || block.Header.ParentHash != parent)
                {
                    throw new ArgumentException($"Block {block.Header.Number} is no child of block {head}, {parent}.", nameof(block));
                }
            }

            BinaryPrimitives.WriteUInt64BigEndian(number, block.Header.Number);
            transaction.Append(_blocks, number, body);
            transaction.Append(_receipts, number, encodedReceipts);
            transaction.Append(_blooms, number, bloom.Span);
            Hash256 hash = block.Hash;
            transaction.Put(_numbers, Hash256.AsSpan(in hash), number);
            Span<byte> place = stackalloc byte[PlaceLength];
            number.CopyTo(place);
            for (int i = 0; i < block.Transactions.Length; i++)
            {
                BinaryPrimitives.WriteInt32BigEndian(place[NumberLength..], i);
                Hash256 name = block.Transactions[i].Hash;
                transaction.Put(_transactions, Hash256.AsSpan(in name), place);
            }
        });
    }

    /// <summary>Takes back the newest blocks, as a reorg does.</summary>
    /// <param name="number">This block and all above it go.</param>
    /// <returns>The blocks taken back, newest first.</returns>
    /// <exception cref="StorageException">Nothing was written.</exception>
    public ImmutableArray<Block> RemoveFrom(ulong number) => _environment.Write(transaction =>
    {
        ImmutableArray<Block>.Builder removed = ImmutableArray.CreateBuilder<Block>();
        while (Edge(transaction, newest: true) is { } head && head >= number)
        {
            removed.Add(Remove(transaction, head));
        }

        return removed.DrainToImmutable();
    });

    /// <summary>Lets go of old blocks.</summary>
    /// <param name="number">All blocks below go; the newest one stays.</param>
    /// <returns>How many went.</returns>
    /// <exception cref="StorageException">Nothing was written.</exception>
    public int RemoveBefore(ulong number) => _environment.Write(transaction =>
    {
        int removed = 0;
        while (Edge(transaction, newest: false) is { } oldest && oldest < number && oldest != Edge(transaction, newest: true))
        {
            Remove(transaction, oldest);
            removed++;
        }

        return removed;
    });

    /// <summary>Reads a block.</summary>
    /// <param name="number">Its number.</param>
    /// <returns>The block; null where there is none.</returns>
    /// <exception cref="StorageException">What is stored is damaged.</exception>
    public Block? TryGetBlock(ulong number)
    {
        using LmdbReadTransaction transaction = _environment.BeginRead();
        return Load(transaction, number);
    }

    /// <summary>Finds a block by its hash.</summary>
    /// <param name="hash">Its hash.</param>
    /// <param name="number">Its number; 0 where the result is false.</param>
    /// <returns>False where there is no such block on this chain.</returns>
    public bool TryFindBlock(in Hash256 hash, out ulong number)
    {
        using LmdbReadTransaction transaction = _environment.BeginRead();
        bool found = transaction.TryGet(_numbers, Hash256.AsSpan(in hash), out ReadOnlySpan<byte> stored);
        number = found ? BinaryPrimitives.ReadUInt64BigEndian(stored) : 0;
        return found;
    }

    /// <summary>Finds a transaction by its hash.</summary>
    /// <param name="hash">Its hash.</param>
    /// <param name="place">Where it is; the default where the result is false.</param>
    /// <returns>False where there is no such transaction on this chain.</returns>
    public bool TryFindTransaction(in Hash256 hash, out TransactionPlace place)
    {
        using LmdbReadTransaction transaction = _environment.BeginRead();
        bool found = transaction.TryGet(_transactions, Hash256.AsSpan(in hash), out ReadOnlySpan<byte> stored);
        place = found ? ReadPlace(stored) : default;
        return found;
    }

    /// <summary>Reads a block's receipts.</summary>
    /// <param name="number">The block.</param>
    /// <returns>One for each transaction, in order; the default where there is no such block.</returns>
    /// <exception cref="StorageException">What is stored is damaged.</exception>
    public ImmutableArray<Receipt> TryGetReceipts(ulong number)
    {
        using LmdbReadTransaction transaction = _environment.BeginRead();
        return LoadReceipts(transaction, number);
    }

    /// <summary>Searches blocks for logs, by their filters first.</summary>
    /// <param name="filter">Which logs.</param>
    /// <param name="from">First block.</param>
    /// <param name="to">Last block; later than the newest one is fine.</param>
    /// <param name="limit">Most logs to return.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>The logs, or that there are too many.</returns>
    /// <exception cref="OperationCanceledException">The search was stopped.</exception>
    public LogSearch FindLogs(LogFilter filter, ulong from, ulong to, int limit, CancellationToken cancellationToken = default)
    {
        ImmutableArray<StoredLog>.Builder found = ImmutableArray.CreateBuilder<StoredLog>();
        Span<byte> key = stackalloc byte[NumberLength];
        BinaryPrimitives.WriteUInt64BigEndian(key, from);
        using LmdbReadTransaction transaction = _environment.BeginRead();
        using LmdbCursor blooms = transaction.OpenCursor(_blooms);
        for (bool more = blooms.MoveToAtLeast(key); more; more = blooms.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            ulong number = BinaryPrimitives.ReadUInt64BigEndian(blooms.Key);
            if (number > to)
            {
                break;
            }

            if (filter.MayMatch(Bloom.FromBytes(blooms.Value)) && !AddLogs(transaction, number, filter, limit, found))
            {
                return new LogSearch.TooMany(limit, number);
            }
        }

        return new LogSearch.Found(found.DrainToImmutable());
    }

    /// <summary>Closes the files.</summary>
    public void Dispose() => _environment.Dispose();

    private static byte[] Encode(IReadOnlyList<Receipt> receipts)
    {
        using RlpWriter writer = RlpWriter.Rent();
        int list = writer.BeginList();
        for (int i = 0; i < receipts.Count; i++)
        {
            writer.Write(receipts[i].Encode());
        }

        writer.EndList(list);
        return writer.ToArray();
    }

    private static TransactionPlace ReadPlace(ReadOnlySpan<byte> stored) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(stored), BinaryPrimitives.ReadInt32BigEndian(stored[NumberLength..]));

    private ulong? Edge(LmdbTransaction transaction, bool newest)
    {
        using LmdbCursor cursor = transaction.OpenCursor(_blocks);
        return (newest ? cursor.MoveToLast() : cursor.MoveToFirst()) ? BinaryPrimitives.ReadUInt64BigEndian(cursor.Key) : null;
    }

    private Block? Load(LmdbTransaction transaction, ulong number)
    {
        Span<byte> key = stackalloc byte[NumberLength];
        BinaryPrimitives.WriteUInt64BigEndian(key, number);
        if (!transaction.TryGet(_blocks, key, out ReadOnlySpan<byte> stored))
        {
            return null;
        }

        return Block.TryDecode(stored, Rules, out Block? block) is { } refusal ? throw Damaged(number, refusal.Message) : block;
    }

    private ImmutableArray<Receipt> LoadReceipts(LmdbTransaction transaction, ulong number)
    {
        Span<byte> key = stackalloc byte[NumberLength];
        BinaryPrimitives.WriteUInt64BigEndian(key, number);
        if (!transaction.TryGet(_receipts, key, out ReadOnlySpan<byte> stored))
        {
            return default;
        }

        RlpReader outer = new(stored);
        ImmutableArray<Receipt>.Builder receipts = ImmutableArray.CreateBuilder<Receipt>();
        if (!outer.TryReadList(out RlpReader list) || !outer.TryEnd())
        {
            throw Damaged(number, outer.Error.ToString());
        }

        while (!list.IsAtEnd)
        {
            if (!list.TryReadString(out ReadOnlySpan<byte> encoded))
            {
                break;
            }

            if (Receipt.TryDecode(encoded, out Receipt? receipt) is { } refusal)
            {
                throw Damaged(number, refusal.Message);
            }

            receipts.Add(receipt!);
        }

        return list.TryEnd() ? receipts.DrainToImmutable() : throw Damaged(number, list.Error.ToString());
    }

    private Block Remove(LmdbWriteTransaction transaction, ulong number)
    {
        Block block = Load(transaction, number)!;
        Span<byte> key = stackalloc byte[NumberLength];
        BinaryPrimitives.WriteUInt64BigEndian(key, number);
        transaction.Delete(_blocks, key);
        transaction.Delete(_receipts, key);
        transaction.Delete(_blooms, key);
        Hash256 hash = block.Hash;
        transaction.Delete(_numbers, Hash256.AsSpan(in hash));
        foreach (Transaction included in block.Transactions)
        {
            Hash256 name = included.Hash;
            // A deposit may come twice with the same hash only by a faulty source; the place that is there then is the later one's.
            if (transaction.TryGet(_transactions, Hash256.AsSpan(in name), out ReadOnlySpan<byte> place) && ReadPlace(place).BlockNumber == number)
            {
                transaction.Delete(_transactions, Hash256.AsSpan(in name));
            }
        }

        return block;
    }

    private bool AddLogs(LmdbTransaction transaction, ulong number, LogFilter filter, int limit, ImmutableArray<StoredLog>.Builder found)
    {
        Block? block = null;
        ImmutableArray<Receipt> receipts = LoadReceipts(transaction, number);
        int logIndex = 0;
        for (int i = 0; i < receipts.Length; i++)
        {
            foreach (Log log in receipts[i].Logs)
            {
                if (filter.Matches(log))
                {
                    if (found.Count == limit)
                    {
                        return false;
                    }

                    block ??= Load(transaction, number)!;
                    found.Add(new StoredLog(log, number, block.Hash, block.Transactions[i].Hash, i, logIndex));
                }

                logIndex++;
            }
        }

        return true;
    }

    private StorageException Damaged(ulong number, string detail) => new(
        StorageFault.CorruptFile,
        _environment.Directory,
        $"Block {number} is damaged ({detail}).",
        "Restore the folder from a backup, or delete it and let the node build it again.");
}
