using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Processing;

/// <summary>Why a transaction cannot be part of a block on this state. Nothing of it remains.</summary>
public abstract record ExecutionRefusal
{
    private ExecutionRefusal()
    {
    }

    /// <summary>A text for the user; where Ethereum clients agree on one, it starts with theirs.</summary>
    public abstract string Message { get; }

    /// <summary>It is refused on any state.</summary>
    /// <param name="Refusal">Why.</param>
    public sealed record Invalid(TransactionRefusal Refusal) : ExecutionRefusal
    {
        /// <inheritdoc/>
        public override string Message => Refusal.Message;
    }

    /// <summary>The nonce was used already.</summary>
    /// <param name="Sender">Whose nonce.</param>
    /// <param name="Got">The transaction's nonce.</param>
    /// <param name="Expected">The account's nonce.</param>
    public sealed record NonceTooLow(Address Sender, ulong Got, ulong Expected) : ExecutionRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"nonce too low: address {Sender}, tx: {Got} state: {Expected}";
    }

    /// <summary>A transaction with an earlier nonce is missing.</summary>
    /// <param name="Sender">Whose nonce.</param>
    /// <param name="Got">The transaction's nonce.</param>
    /// <param name="Expected">The account's nonce.</param>
    public sealed record NonceTooHigh(Address Sender, ulong Got, ulong Expected) : ExecutionRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"nonce too high: address {Sender}, tx: {Got} state: {Expected}";
    }

    /// <summary>The sender is a contract (EIP-3607).</summary>
    /// <param name="Sender">The contract.</param>
    /// <param name="CodeHash">Hash of its code.</param>
    public sealed record SenderIsContract(Address Sender, Hash256 CodeHash) : ExecutionRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"sender not an eoa: address {Sender}, codehash: {CodeHash}";
    }

    /// <summary>The fee cap is below the block's base fee (EIP-1559).</summary>
    /// <param name="Sender">Who sends.</param>
    /// <param name="FeeCap">Max fee per gas in wei.</param>
    /// <param name="BaseFee">The block's base fee in wei.</param>
    public sealed record FeeCapTooLow(Address Sender, UInt256 FeeCap, UInt256 BaseFee) : ExecutionRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"max fee per gas less than block base fee: address {Sender}, maxFeePerGas: {FeeCap}, baseFee: {BaseFee}";
    }

    /// <summary>The balance does not cover value and the highest fee.</summary>
    /// <param name="Sender">Who pays.</param>
    /// <param name="Balance">What there is, in wei.</param>
    /// <param name="Required">What is needed, in wei; cut at 2^256 - 1.</param>
    public sealed record InsufficientFunds(Address Sender, UInt256 Balance, UInt256 Required) : ExecutionRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"insufficient funds for gas * price + value: address {Sender} have {Balance} want {Required}";
    }

    /// <summary>The block has less gas left than the transaction may use.</summary>
    /// <param name="GasLimit">What the transaction may use.</param>
    /// <param name="Available">What the block has left.</param>
    public sealed record GasLimitReached(ulong GasLimit, ulong Available) : ExecutionRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"gas limit reached: transaction {GasLimit}, block has {Available} left";
    }

    /// <summary>The blob fields are not allowed together or here (EIP-4844).</summary>
    /// <param name="Reason">What is wrong.</param>
    public sealed record InvalidBlobs(string Reason) : ExecutionRefusal
    {
        /// <inheritdoc/>
        public override string Message => Reason;
    }
}
