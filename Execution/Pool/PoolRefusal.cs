using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Pool;

/// <summary>Why the pool does not take a transaction.</summary>
public abstract record PoolRefusal
{
    private PoolRefusal()
    {
    }

    /// <summary>A text for the user; where Ethereum clients agree on one, it starts with theirs.</summary>
    public abstract string Message { get; }

    /// <summary>Something is wrong that no state can heal.</summary>
    /// <param name="Reason">What.</param>
    public sealed record Invalid(TransactionRefusal Reason) : PoolRefusal
    {
        /// <inheritdoc/>
        public override string Message => Reason.Message;
    }

    /// <summary>The pool, or the chain, has it already.</summary>
    public sealed record AlreadyKnown : PoolRefusal
    {
        /// <inheritdoc/>
        public override string Message => "already known";
    }

    /// <summary>The encoding is longer than the pool takes.</summary>
    /// <param name="Length">Its length in bytes.</param>
    /// <param name="Limit">What is allowed.</param>
    public sealed record Oversized(int Length, int Limit) : PoolRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"oversized data: transaction size {Length}, limit {Limit}";
    }

    /// <summary>The gas limit is above that of a block.</summary>
    /// <param name="GasLimit">What the transaction brings.</param>
    /// <param name="Limit">The block's gas limit.</param>
    public sealed record ExceedsBlockGasLimit(ulong GasLimit, ulong Limit) : PoolRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"exceeds block gas limit: gas {GasLimit}, limit {Limit}";
    }

    /// <summary>The tip's cap is below the pool's minimum.</summary>
    /// <param name="Tip">Max priority fee per gas in wei.</param>
    /// <param name="Minimum">What the pool asks for, in wei.</param>
    public sealed record TipTooLow(UInt256 Tip, UInt256 Minimum) : PoolRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"transaction underpriced: gas tip cap {Tip}, minimum needed {Minimum}";
    }

    /// <summary>The account, or a transaction in a flashblock, has used the nonce.</summary>
    /// <param name="Nonce">The transaction's nonce.</param>
    /// <param name="Next">The first free nonce.</param>
    public sealed record NonceTooLow(ulong Nonce, ulong Next) : PoolRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"nonce too low: next nonce {Next}, tx nonce {Nonce}";
    }

    /// <summary>The sender is a contract (EIP-3607).</summary>
    /// <param name="Sender">The account.</param>
    public sealed record SenderNotEoa(Address Sender) : PoolRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"sender not an eoa: address {Sender}";
    }

    /// <summary>The balance does not cover this transaction together with the sender's other ones.</summary>
    /// <param name="Balance">In wei.</param>
    /// <param name="Waiting">Most that the sender's other waiting transactions can cost, in wei.</param>
    /// <param name="Cost">Most that this one can cost, in wei.</param>
    public sealed record InsufficientFunds(UInt256 Balance, UInt256 Waiting, UInt256 Cost) : PoolRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"insufficient funds for gas * price + value: balance {Balance}, queued cost {Waiting}, tx cost {Cost}";
    }

    /// <summary>Another transaction has the nonce, and this one does not raise both caps enough.</summary>
    /// <param name="Incumbent">The transaction that stays.</param>
    /// <param name="BumpPercent">By how many percent both caps must rise.</param>
    public sealed record ReplacementUnderpriced(Hash256 Incumbent, int BumpPercent) : PoolRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"replacement transaction underpriced: both fee caps must rise by {BumpPercent} % over {Incumbent}";
    }

    /// <summary>The sender has as many waiting transactions, or bytes of them, as the pool keeps for one.</summary>
    /// <param name="Limit">The bound that is reached.</param>
    /// <param name="Unit">What it counts: transactions, queued transactions or bytes.</param>
    public sealed record AccountLimit(long Limit, string Unit) : PoolRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"account limit exceeded: {Limit} {Unit}";
    }

    /// <summary>The account runs other code (EIP-7702), and has as many waiting transactions as the pool keeps for such accounts.</summary>
    /// <param name="Limit">How many.</param>
    public sealed record DelegatedLimit(int Limit) : PoolRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"in-flight transaction limit reached for delegated accounts: {Limit}";
    }

    /// <summary>The account runs other code (EIP-7702), and the nonce leaves a gap.</summary>
    /// <param name="Nonce">The transaction's nonce.</param>
    /// <param name="Next">The first free nonce.</param>
    public sealed record DelegatedGap(ulong Nonce, ulong Next) : PoolRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"gapped-nonce tx from delegated accounts: next nonce {Next}, tx nonce {Nonce}";
    }

    /// <summary>An account that the transaction would delegate (EIP-7702) has too many transactions of its own waiting.</summary>
    /// <param name="Authority">The account.</param>
    public sealed record AuthorityReserved(Address Authority) : PoolRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"authority already reserved: {Authority}";
    }

    /// <summary>The pool is full, and of all transactions this one would go first.</summary>
    public sealed record Underpriced : PoolRefusal
    {
        /// <inheritdoc/>
        public override string Message => "transaction underpriced: txpool is full of better ones";
    }

    /// <summary>The pool is full, and nothing in it may be evicted for a transaction that cannot run yet.</summary>
    public sealed record Full : PoolRefusal
    {
        /// <inheritdoc/>
        public override string Message => "txpool is full";
    }
}
