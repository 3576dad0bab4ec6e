using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.L1;

/// <summary>What a node's pool did with a transaction. Told from the node's words: geth's, and those of other clients where they differ.</summary>
public abstract record SendOutcome
{
    private SendOutcome()
    {
    }

    /// <summary>The pool took it.</summary>
    /// <param name="Hash">Its hash.</param>
    public sealed record Accepted(Hash256 Hash) : SendOutcome;

    /// <summary>The pool has it already: as good as taken.</summary>
    public sealed record AlreadyKnown : SendOutcome;

    /// <summary>The nonce is used up: one of the account's transactions with it was mined.</summary>
    public sealed record NonceTooLow : SendOutcome;

    /// <summary>The pool takes no transaction of this kind ahead of its turn.</summary>
    public sealed record NonceGap : SendOutcome;

    /// <summary>The pool has a transaction with this nonce, and the new one does not pay enough more on every price.</summary>
    public sealed record ReplacementUnderpriced : SendOutcome;

    /// <summary>Pays less than the pool's minimum.</summary>
    public sealed record Underpriced : SendOutcome;

    /// <summary>The account has transactions of the other kind, with or without blobs, in the pool; until they are gone it takes only that kind.</summary>
    public sealed record WrongKind : SendOutcome;

    /// <summary>The account has as many transactions in the pool as it may have.</summary>
    public sealed record PoolFull : SendOutcome;

    /// <summary>The balance does not cover value and highest fees of the account's transactions in the pool.</summary>
    public sealed record InsufficientFunds : SendOutcome;

    /// <summary>Refused for another reason; sending the same again is of no use.</summary>
    /// <param name="Reason">The node's words.</param>
    public sealed record Refused(string Reason) : SendOutcome;

    /// <summary>Tells the case from a node's error.</summary>
    /// <param name="message">The node's words.</param>
    /// <returns>The case; <see cref="Refused"/> for words that are not known.</returns>
    public static SendOutcome Classify(string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        bool Has(string part) => message.Contains(part, StringComparison.OrdinalIgnoreCase);
        return Has("already known") || Has("already imported") || Has("known transaction") || Has("already exists") ? new AlreadyKnown()
            : Has("nonce too low") || Has("nonce is too low") || Has("OldNonce") ? new NonceTooLow()
            : Has("nonce too high") || Has("gapped") || Has("nonce gap") ? new NonceGap()
            : Has("replacement transaction underpriced") || Has("ReplacementNotAllowed") || Has("replacement not allowed") ? new ReplacementUnderpriced()
            : Has("address already reserved") || Has("already reserved") ? new WrongKind()
            : Has("account limit exceeded") || Has("txpool is full") || Has("pool is full") ? new PoolFull()
            : Has("insufficient funds") || Has("insufficient balance") ? new InsufficientFunds()
            : Has("underpriced") || Has("fee cap less than") || Has("max fee per gas less than") || Has("max fee per blob gas less than")
                || Has("fee too low") || Has("FeeTooLow") ? new Underpriced()
            : new Refused(message);
    }
}
