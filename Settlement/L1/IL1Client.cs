using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.L1;

/// <summary>What settlement asks of an L1 execution node.</summary>
public interface IL1Client
{
    /// <summary>Who gave the last answer, for messages.</summary>
    string Endpoint { get; }

    /// <summary>Says that the last answer cannot be true: where there are other endpoints, the one that gave it is not asked for a while.</summary>
    void Distrust();

    /// <summary>The chain id (EIP-155).</summary>
    Task<L1Result<ulong>> GetChainIdAsync(CancellationToken cancellationToken = default);

    /// <summary>A block's header.</summary>
    /// <param name="block">Which one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The header; null where there is no such block.</returns>
    Task<L1Result<L1Block?>> GetBlockAsync(BlockTag block, CancellationToken cancellationToken = default);

    /// <summary>A block's header.</summary>
    /// <param name="hash">Which one.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The header; null where the node does not know it.</returns>
    Task<L1Result<L1Block?>> GetBlockAsync(Hash256 hash, CancellationToken cancellationToken = default);

    /// <summary>An account's next nonce.</summary>
    /// <param name="account">The account.</param>
    /// <param name="block">As of when; <see cref="BlockTag.Pending"/> counts the pool too.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<L1Result<ulong>> GetNonceAsync(Address account, BlockTag block, CancellationToken cancellationToken = default);

    /// <summary>An account's balance in wei.</summary>
    /// <param name="account">The account.</param>
    /// <param name="block">As of when.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<L1Result<UInt256>> GetBalanceAsync(Address account, BlockTag block, CancellationToken cancellationToken = default);

    /// <summary>An account's code.</summary>
    /// <param name="account">The account.</param>
    /// <param name="block">As of when.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<L1Result<Bytes>> GetCodeAsync(Address account, BlockTag block, CancellationToken cancellationToken = default);

    /// <summary>Runs a call without changing anything.</summary>
    /// <param name="call">The call.</param>
    /// <param name="block">On which state.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<L1Result<CallOutcome>> CallAsync(L1Call call, BlockTag block, CancellationToken cancellationToken = default);

    /// <summary>Gas that a call needs as a transaction.</summary>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<L1Result<ulong>> EstimateGasAsync(L1Call call, CancellationToken cancellationToken = default);

    /// <summary>The tip in wei that got transactions into recent blocks.</summary>
    Task<L1Result<UInt256>> GetPriorityFeeAsync(CancellationToken cancellationToken = default);

    /// <summary>The price of blob gas in the next block, in wei.</summary>
    Task<L1Result<UInt256>> GetBlobBaseFeeAsync(CancellationToken cancellationToken = default);

    /// <summary>Sends a signed transaction, with its blobs where it has some.</summary>
    /// <param name="raw">Its network form.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<L1Result<SendOutcome>> SendAsync(ReadOnlyMemory<byte> raw, CancellationToken cancellationToken = default);

    /// <summary>A mined transaction's receipt.</summary>
    /// <param name="transaction">Its hash.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The receipt; null while it is not in the chain.</returns>
    Task<L1Result<L1Receipt?>> GetReceiptAsync(Hash256 transaction, CancellationToken cancellationToken = default);

    /// <summary>Events of a contract in a range of blocks, in the chain's order, as the node's index of events has them.</summary>
    /// <param name="filter">Contract and range.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<L1Result<ImmutableArray<L1Log>>> GetLogsAsync(LogFilter filter, CancellationToken cancellationToken = default);

    /// <summary>All events of a contract in a block: the block's receipts are checked against its header, so that none can be missing.</summary>
    /// <param name="block">The block.</param>
    /// <param name="contract">The contract.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The events in order; null where the node has no such block any more.</returns>
    Task<L1Result<ImmutableArray<L1Log>?>> GetLogsAsync(L1Block block, Address contract, CancellationToken cancellationToken = default);

    /// <summary>A transaction's input and blob hashes.</summary>
    /// <param name="transaction">Its hash.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The transaction; null where the node does not know it.</returns>
    Task<L1Result<L1TransactionData?>> GetTransactionAsync(Hash256 transaction, CancellationToken cancellationToken = default);

    /// <summary>The schedule of L1's blob parameters (EIP-7910, EIP-7892).</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<L1Result<BlobSchedule>> GetBlobScheduleAsync(CancellationToken cancellationToken = default);
}
