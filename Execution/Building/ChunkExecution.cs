using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Cloud.Execution.Journal;
using Cloud.Execution.Processing;
using Cloud.Execution.State;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Building;

/// <summary>Runs a chunk part by part, and gives the header after each: what builder and verifier have in common, so that they cannot disagree. Not safe for several threads.</summary>
internal sealed class ChunkExecution : IDisposable
{
    private const int MaxIdleRunners = 8;

    // Fewer changed accounts and slots are not worth to be given to another thread: the nodes near the root are hashed again for each part.
    private const int PartChanges = 256;

    private static readonly ConcurrentBag<BlockExecution> IdleRunners = [];

    private readonly IStateLayer _parent;
    private readonly List<Transaction> _transactions = [];
    private readonly List<Address> _senders = [];
    private readonly List<Receipt> _receipts = [];
    private readonly AppendTrie<Transaction> _transactionTrie = new(static (transaction, writer) => writer.WriteRaw(transaction.Raw.Span));
    private readonly AppendTrie<Receipt> _receiptTrie = new(static (receipt, writer) => receipt.WriteEnvelope(writer));
    private readonly byte[] _bloom = new byte[Bloom.Length];
    private readonly BlockExecution _runner;
    private readonly bool _isRootOverlapped;
    private IStateLayer _layer;
    private IStateLayer _state;
    private IStateExtension? _extension;
    private ChunkLimits _depositsUsed;
    private long _data;
    private int _closed;
    private bool _isAnyLayered;
    private bool _isRunnerSound = true;
    private bool _isDisposed;

    /// <summary>Opens the block and runs the protocol's calls before the first transaction.</summary>
    /// <param name="parent">The state before.</param>
    /// <param name="context">The block.</param>
    /// <param name="overlapRoot">Whether another thread computes the root of what is executed so far: quicker, for a little more work in total.</param>
    public ChunkExecution(IStateLayer parent, ChunkContext context, bool overlapRoot = false)
    {
        _isRootOverlapped = overlapRoot;
        _parent = parent;
        _layer = parent;
        _state = parent;
        Context = context;
        _runner = IdleRunners.TryTake(out BlockExecution? idle) ? idle : new BlockExecution();
        Open();
    }

    public ChunkContext Context { get; }

    /// <summary>Everything that the block holds so far.</summary>
    public IReadOnlyList<Transaction> Transactions => _transactions;

    /// <summary>One for each transaction.</summary>
    public IReadOnlyList<Receipt> Receipts => _receipts;

    /// <summary>What the block uses.</summary>
    public ChunkLimits Used => new(_runner.GasUsed, _transactions.Count, _data);

    /// <summary>What deposits use: no budget holds them.</summary>
    public ChunkLimits UsedByDeposits => _depositsUsed;

    /// <summary>Runs a transaction, and keeps it where it can be part of the block.</summary>
    /// <remarks>After an exception the block is unsound until <see cref="Recover"/>.</remarks>
    public TransactionResult Execute(Transaction transaction, in Address sender)
    {
        if (transaction.ChainId is { } chainId && chainId != Context.Chain.ChainId)
        {
            return new TransactionResult.Refused(new ExecutionRefusal.Invalid(new TransactionRefusal.WrongChain(chainId, Context.Chain.ChainId)));
        }

        _isRunnerSound = false;
        TransactionResult result = Run(transaction, in sender);
        _isRunnerSound = true;
        if (result is TransactionResult.Included included)
        {
            _transactions.Add(transaction);
            _senders.Add(sender);
            _receipts.Add(included.Receipt);
            _data += transaction.Raw.Length;
            if (transaction.Type == TransactionType.Deposit)
            {
                _depositsUsed = Used;
            }

            if (_isRootOverlapped && _runner.ChangeCount >= PartChanges)
            {
                HandOver();
            }
        }

        return result;
    }

    /// <summary>Repeats the block without a transaction that threw.</summary>
    public void Recover()
    {
        LetGo();
        Open();
        for (int i = 0; i < _closed; i++)
        {
            _ = Run(_transactions[i], _senders[i]);
        }

        // The layers have these changes already.
        if (_isAnyLayered)
        {
            _ = _runner.TakeChanges();
        }

        for (int i = _closed; i < _transactions.Count; i++)
        {
            _ = Run(_transactions[i], _senders[i]);
        }

        _isRunnerSound = true;
    }

    /// <summary>Ends a part: the state, its root and the header of the block as if it ended here.</summary>
    /// <param name="transactionsRoot">Root of the transactions where the caller has computed it; null else.</param>
    public ChunkPrefix Close(Hash256? transactionsRoot = null)
    {
        bool isLarge = _runner.ChangeCount >= PartChanges;
        StateChanges changes = _runner.TakeChanges();
        _isAnyLayered = true;
        IStateLayer before = _layer;
        if (_isRootOverlapped && isLarge)
        {
            _extension ??= _layer.TryBeginExtension();
        }

        // The tries of transactions and receipts take as long as a part of the state's: another thread does that one meanwhile.
        _extension?.Add(changes, isLast: true);
        Hash256 transactions = transactionsRoot ?? AppendTransactions();
        Hash256 receipts = AppendReceipts();
        if (_extension is { } extension)
        {
            _extension = null;
            _layer = extension.Complete(out changes);
        }
        else if (changes.Accounts.Count > 0)
        {
            _layer = _layer.Extend(changes);
        }

        // What the rules after the block change lies on a layer of its own, which the next part leaves behind.
        StateChanges? post = Context.PostBlock?.Apply(_layer, Context);
        IStateLayer state = post is null ? _layer : _layer.Extend(post);
        Supersede(before, state);
        Supersede(_state, state);
        _state = state;
        BlockHeader header = new()
        {
            ParentHash = Context.ParentHash,
            FeeRecipient = Context.FeeRecipient,
            StateRoot = state.Root,
            TransactionsRoot = transactions,
            ReceiptsRoot = receipts,
            LogsBloom = _bloom.AsSpan().ContainsAnyExcept((byte)0) ? Bloom.FromBytes(_bloom) : Bloom.Empty,
            Number = Context.Number,
            GasLimit = Context.GasLimit,
            GasUsed = _runner.GasUsed,
            Timestamp = Context.Timestamp,
            ExtraData = Context.ExtraData,
            PrevRandao = Context.PrevRandao,
            BaseFeePerGas = Context.BaseFeePerGas,
            ParentBeaconBlockRoot = Context.ParentBeaconBlockRoot,
            RequestsHash = Context.RequestsHash,
        };
        ChunkPrefix prefix = new(
            header,
            header.ComputeHash(),
            state,
            Used,
            [.. CollectionsMarshal.AsSpan(_transactions)[_closed..]],
            [.. CollectionsMarshal.AsSpan(_receipts)[_closed..]],
            changes);
        _closed = _transactions.Count;
        return prefix;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        LetGo();
        if (_isRunnerSound && IdleRunners.Count < MaxIdleRunners)
        {
            // Lets go of the parent's state, which could be large.
            _runner.Open(EmptyState.Instance, _runner.Rules, _runner.Block);
            IdleRunners.Add(_runner);
        }
        else
        {
            _runner.Dispose();
        }
    }

    private Hash256 AppendTransactions()
    {
        for (int i = _closed; i < _transactions.Count; i++)
        {
            _transactionTrie.Append(_transactions[i]);
        }

        return _transactionTrie.Root();
    }

    private Hash256 AppendReceipts()
    {
        for (int i = _closed; i < _receipts.Count; i++)
        {
            _receiptTrie.Append(_receipts[i]);
            if (!_receipts[i].Logs.IsEmpty)
            {
                AddTo(_receipts[i].Bloom.Span, _bloom);
            }
        }

        return _receiptTrie.Root();
    }

    /// <summary>Has another thread put what is executed so far into the trie, unless it is not done with the last part yet.</summary>
    private void HandOver()
    {
        _extension ??= _layer.TryBeginExtension();
        if (_extension is { IsIdle: true })
        {
            _extension.Add(_runner.TakeChanges());
        }
    }

    /// <summary>Lets go of the trie of a part that nothing will be put on any more: else a block would keep as many tries as it has parts.</summary>
    private void Supersede(IStateLayer before, IStateLayer now)
    {
        if (!ReferenceEquals(before, _parent) && !ReferenceEquals(before, _layer) && !ReferenceEquals(before, now))
        {
            before.Supersede();
        }
    }

    private void LetGo()
    {
        try
        {
            _extension?.Wait();
        }
        catch (Exception e) when (e is StateCorruptException or Cloud.Storage.StorageException)
        {
            // Nobody wants the result any more.
        }

        _extension = null;
    }

    private static void AddTo(ReadOnlySpan<byte> from, Span<byte> into)
    {
        for (int i = 0; i < into.Length; i++)
        {
            into[i] |= from[i];
        }
    }

    private TransactionResult Run(Transaction transaction, in Address sender) => transaction.Type == TransactionType.Deposit
        ? _runner.Execute(transaction)
        : _runner.Execute(transaction.Fields, in sender, blobs: null, tracer: null, keepFailed: true);

    private void Open()
    {
        _runner.Open(_parent, Context.Chain.RulesAt(Context.Timestamp), Context.ToBlockContext());
        _runner.RunSystemCalls(Context.ParentHash, Context.ParentBeaconBlockRoot);
    }
}
