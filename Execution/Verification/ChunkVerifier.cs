using System.Collections.Immutable;
using Cloud.Execution.Building;
using Cloud.Execution.Pool;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Verification;

/// <summary>Re-executes chunks on their parents and compares every field. Safe for use by several threads.</summary>
/// <param name="senders">Known senders, shared with pool and builder.</param>
/// <param name="time">For deadlines.</param>
/// <param name="maxThreads">Most threads that recover signatures, from 1.</param>
public sealed class ChunkVerifier(SenderCache senders, TimeProvider time, int maxThreads)
{
    private int _open;

    /// <summary>How many verifications are open: each holds a fork of its parent's state.</summary>
    public int OpenCount => Volatile.Read(ref _open);

    /// <summary>Verifies a whole chunk.</summary>
    /// <param name="request">The chunk.</param>
    /// <param name="cancellationToken">Gives up between two transactions.</param>
    /// <returns>What came out.</returns>
    public VerificationResult Verify(VerificationRequest request, CancellationToken cancellationToken)
    {
        if (request.Parent is null)
        {
            return new VerificationResult.ParentUnknown(request.Context.ParentHash);
        }

        ImmutableArray<Hash256>.Builder missing = ImmutableArray.CreateBuilder<Hash256>();
        ImmutableArray<Transaction>.Builder transactions = ImmutableArray.CreateBuilder<Transaction>(request.TransactionHashes.Length);
        foreach (Hash256 hash in request.TransactionHashes)
        {
            if (request.Transactions.TryGetValue(hash, out Transaction? transaction) && transaction.Hash == hash)
            {
                transactions.Add(transaction);
            }
            else
            {
                missing.Add(hash);
            }
        }

        if (missing.Count > 0)
        {
            return new VerificationResult.TransactionsMissing(missing.DrainToImmutable());
        }

        try
        {
            using ChunkVerification session = Open(request.Parent, request.Context, request.Limits);
            return session.Append(transactions.DrainToImmutable(), request.Header, request.Deadline, cancellationToken);
        }
        catch (ForkDiscardedException)
        {
            return new VerificationResult.ParentUnknown(request.Context.ParentHash);
        }
    }

    /// <summary>Starts to verify a chunk whose flashblocks arrive one by one.</summary>
    /// <param name="parent">The state after the parent block.</param>
    /// <param name="context">What this node expects of the block.</param>
    /// <param name="limits">What the chunk may use besides its deposits.</param>
    /// <returns>The session; to be disposed.</returns>
    public ChunkVerification Open(IStateLayer parent, ChunkContext context, ChunkLimits limits)
    {
        ChunkVerification verification = new(parent, context, limits, senders, time, maxThreads, this);
        Interlocked.Increment(ref _open);
        return verification;
    }

    internal void Closed() => Interlocked.Decrement(ref _open);
}
