using System.Collections.Immutable;
using Cloud.Execution.Building;
using Cloud.Execution.Pool;
using Cloud.Execution.Processing;
using Cloud.Execution.State;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Verification;

/// <summary>The verification of one chunk, part by part: each flashblock goes on where the one before it ended. Not safe for several threads.</summary>
public sealed class ChunkVerification : IDisposable
{
    private readonly ChunkExecution _execution;
    private readonly ChunkLimits _limits;
    private readonly SenderCache _senders;
    private readonly TimeProvider _time;
    private readonly int _maxThreads;
    private readonly List<StateChanges> _changes = [];
    private readonly AppendTrie<Transaction> _transactionTrie = new(static (transaction, writer) => writer.WriteRaw(transaction.Raw.Span));
    private readonly ChunkVerifier _verifier;
    private ChunkLimits _claimed;
    private bool _isDisposed;

    internal ChunkVerification(IStateLayer parent, ChunkContext context, in ChunkLimits limits, SenderCache senders, TimeProvider time, int maxThreads, ChunkVerifier verifier)
    {
        _verifier = verifier;
        _execution = new ChunkExecution(parent, context);
        _limits = limits;
        _senders = senders;
        _time = time;
        _maxThreads = maxThreads;
    }

    /// <summary>What was verified last; null before the first part.</summary>
    public VerifiedChunk? Verified { get; private set; }

    /// <summary>Whether a part was not valid, or not in time: then no other can be added.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Adds a flashblock, or the rest of the chunk.</summary>
    /// <param name="transactions">Those that it adds, in order. The first part of a chunk begins with all deposits.</param>
    /// <param name="header">The header that the producer claims for the block as if it ended here.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellationToken">Gives up between two transactions.</param>
    /// <returns>What came out.</returns>
    public VerificationResult Append(ImmutableArray<Transaction> transactions, BlockHeader header, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        if (IsBroken)
        {
            throw new InvalidOperationException("An earlier part was not valid.");
        }

        // Stays broken unless it gets to the end, by whatever way it leaves.
        IsBroken = true;
        VerificationResult? failure = CheckContext(header)
            ?? CheckSizes(transactions, header)
            ?? CheckTransactionsRoot(transactions, header)
            ?? Execute(transactions, deadline, cancellationToken);
        if (failure is not null)
        {
            return failure;
        }

        // The transactions' root is compared already.
        ChunkPrefix prefix = _execution.Close(header.TransactionsRoot);
        if (CheckOutcome(prefix.Header, header) is { } mismatch)
        {
            return mismatch;
        }

        if (prefix.Hash != header.ComputeHash())
        {
            throw new InvalidOperationException("All fields are equal and the hashes are not: a field is missing in the comparison.");
        }

        _changes.Add(prefix.Changes);
        IsBroken = false;
        Verified = new VerifiedChunk(prefix.Header, prefix.Hash, [.. _execution.Transactions], [.. _execution.Receipts], prefix.State, prefix.Used, [.. _changes]);
        return new VerificationResult.Valid(Verified);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _execution.Dispose();
            _verifier.Closed();
        }
    }

    private static VerificationResult.StateMismatch? Compare<T>(HeaderField field, T expected, T actual)
        where T : IEquatable<T> =>
        expected.Equals(actual) ? null : new VerificationResult.StateMismatch(field, expected.ToString()!, actual.ToString()!);

    private static VerificationResult.StateMismatch? CheckOutcome(BlockHeader own, BlockHeader claimed) =>
        Compare(HeaderField.GasUsed, own.GasUsed, claimed.GasUsed)
        ?? Compare(HeaderField.ReceiptsRoot, own.ReceiptsRoot, claimed.ReceiptsRoot)
        ?? Compare(HeaderField.LogsBloom, own.LogsBloom, claimed.LogsBloom)
        ?? Compare(HeaderField.StateRoot, own.StateRoot, claimed.StateRoot);

    private VerificationResult.StateMismatch? CheckContext(BlockHeader header)
    {
        ChunkContext context = _execution.Context;
        return Compare(HeaderField.ParentHash, context.ParentHash, header.ParentHash)
            ?? Compare(HeaderField.Number, context.Number, header.Number)
            ?? Compare(HeaderField.Timestamp, context.Timestamp, header.Timestamp)
            ?? Compare(HeaderField.FeeRecipient, context.FeeRecipient, header.FeeRecipient)
            ?? Compare(HeaderField.GasLimit, context.GasLimit, header.GasLimit)
            ?? Compare(HeaderField.BaseFeePerGas, context.BaseFeePerGas, header.BaseFeePerGas)
            ?? Compare(HeaderField.PrevRandao, context.PrevRandao, header.PrevRandao)
            ?? Compare(HeaderField.ParentBeaconBlockRoot, context.ParentBeaconBlockRoot, header.ParentBeaconBlockRoot)
            ?? Compare(HeaderField.ExtraData, context.ExtraData, header.ExtraData)
            ?? Compare(HeaderField.WithdrawalsRoot, KnownHashes.EmptyTrieRoot, header.WithdrawalsRoot)
            ?? Compare(HeaderField.BlobGasUsed, 0UL, header.BlobGasUsed)
            ?? Compare(HeaderField.ExcessBlobGas, 0UL, header.ExcessBlobGas)
            ?? (context.RequestsHash == header.RequestsHash
                ? null
                : new VerificationResult.StateMismatch(HeaderField.RequestsHash, $"{context.RequestsHash}", $"{header.RequestsHash}"));
    }

    private VerificationResult? CheckSizes(ImmutableArray<Transaction> transactions, BlockHeader header)
    {
        // Sizes are known before anything is executed, so an oversized chunk costs no time.
        int count = _claimed.Transactions;
        long data = _claimed.Data;
        for (int i = 0; i < transactions.Length; i++)
        {
            int place = _execution.Transactions.Count + i;
            ImmutableArray<Transaction> deposits = _execution.Context.Deposits;
            Transaction transaction = transactions[i];
            if (place < deposits.Length)
            {
                if (transaction.Hash != deposits[place].Hash)
                {
                    return new VerificationResult.FailedTransaction(place, transaction.Hash, $"deposit {deposits[place].Hash} expected");
                }

                continue;
            }

            if (transaction.Type == TransactionType.Deposit)
            {
                return new VerificationResult.FailedTransaction(place, transaction.Hash, "deposit not expected");
            }

            count++;
            data += transaction.Raw.Length;
        }

        int known = _execution.Transactions.Count + transactions.Length;
        if (known < _execution.Context.Deposits.Length)
        {
            return new VerificationResult.FailedTransaction(known, default, $"deposit {_execution.Context.Deposits[known].Hash} expected");
        }

        _claimed = new ChunkLimits(0, count, data);
        return count > _limits.Transactions ? new VerificationResult.LimitsExceeded(ChunkLimitKind.Transactions, (ulong)count, (ulong)_limits.Transactions)
            : data > _limits.Data ? new VerificationResult.LimitsExceeded(ChunkLimitKind.Data, (ulong)data, (ulong)_limits.Data)
            : header.GasUsed > header.GasLimit ? new VerificationResult.LimitsExceeded(ChunkLimitKind.Gas, header.GasUsed, header.GasLimit)
            : null;
    }

    private VerificationResult.StateMismatch? CheckTransactionsRoot(ImmutableArray<Transaction> transactions, BlockHeader header)
    {
        foreach (Transaction transaction in transactions)
        {
            _transactionTrie.Append(transaction);
        }

        return Compare(HeaderField.TransactionsRoot, _transactionTrie.Root(), header.TransactionsRoot);
    }

    private VerificationResult? Execute(ImmutableArray<Transaction> transactions, DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        Address?[] senders = new Address?[transactions.Length];
        _senders.Recover(transactions, senders, _maxThreads, cancellationToken);
        for (int i = 0; i < transactions.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int place = _execution.Transactions.Count;
            if (_time.GetUtcNow() >= deadline)
            {
                return new VerificationResult.TimedOut(place);
            }

            if (senders[i] is not { } sender)
            {
                return new VerificationResult.FailedTransaction(place, transactions[i].Hash, "invalid sender");
            }

            if (_execution.Execute(transactions[i], in sender) is TransactionResult.Refused refused)
            {
                return new VerificationResult.FailedTransaction(place, transactions[i].Hash, refused.Refusal.Message);
            }

            ChunkLimits used = _execution.Used.Minus(_execution.UsedByDeposits);
            if (used.Gas > _limits.Gas)
            {
                return new VerificationResult.LimitsExceeded(ChunkLimitKind.Gas, used.Gas, _limits.Gas);
            }
        }

        return null;
    }
}
