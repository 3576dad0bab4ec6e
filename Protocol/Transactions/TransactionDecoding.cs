namespace Cloud.Protocol.Transactions;

/// <summary>What decoding a transaction gives.</summary>
public abstract record TransactionDecoding
{
    private TransactionDecoding()
    {
    }

    /// <summary>The encoding is a transaction that the rules accept.</summary>
    /// <param name="Transaction">The transaction.</param>
    public sealed record Decoded(Transaction Transaction) : TransactionDecoding;

    /// <summary>The encoding is refused.</summary>
    /// <param name="Reason">What is wrong.</param>
    public sealed record Refused(TransactionRefusal Reason) : TransactionDecoding;
}
