using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Transactions;

/// <summary>Why a transaction is refused before anything of the state is looked at.</summary>
public abstract record TransactionRefusal
{
    private TransactionRefusal()
    {
    }

    /// <summary>A text for the user; where Ethereum clients agree on one, it starts with theirs.</summary>
    public abstract string Message { get; }

    /// <summary>There is no byte.</summary>
    public sealed record Empty : TransactionRefusal
    {
        /// <inheritdoc/>
        public override string Message => "empty transaction";
    }

    /// <summary>The encoding is too long.</summary>
    /// <param name="Length">Its length in bytes.</param>
    /// <param name="Limit">What is allowed.</param>
    public sealed record TooLarge(int Length, int Limit) : TransactionRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"oversized data: transaction size {Length}, limit {Limit}";
    }

    /// <summary>No such transaction type.</summary>
    /// <param name="Type">The first byte.</param>
    public sealed record UnknownType(byte Type) : TransactionRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"transaction type not supported: 0x{Type:x2}";
    }

    /// <summary>The type exists, but not before a later fork.</summary>
    /// <param name="Type">Its type.</param>
    /// <param name="Fork">The rules in force.</param>
    public sealed record TypeNotActive(TransactionType Type, Fork Fork) : TransactionRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"transaction type not supported: type {Type} is not active in {Fork}";
    }

    /// <summary>A blob transaction (EIP-4844).</summary>
    public sealed record BlobTransaction : TransactionRefusal
    {
        /// <inheritdoc/>
        public override string Message => "transaction type not supported: blob transactions are refused on L2";
    }

    /// <summary>A deposit from somebody who may not send one.</summary>
    public sealed record DepositNotAllowed : TransactionRefusal
    {
        /// <inheritdoc/>
        public override string Message => "transaction type not supported: deposits come from L1 only";
    }

    /// <summary>The encoding is not the canonical RLP of the type's fields.</summary>
    /// <param name="Field">The first field that is wrong.</param>
    /// <param name="Error">What is wrong with it.</param>
    public sealed record Malformed(string Field, RlpError Error) : TransactionRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"rlp: {Error} in field {Field}";
    }

    /// <summary>The signature is for another chain.</summary>
    /// <param name="Got">The chain that the transaction names.</param>
    /// <param name="Expected">This chain; null where any of at most 64 bits would do.</param>
    public sealed record WrongChain(UInt256 Got, ulong? Expected) : TransactionRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"invalid chain id for signer: have {Got} want {Expected?.ToString(null, null) ?? "at most 64 bits"}";
    }

    /// <summary>The signature is good on every chain (no EIP-155), which the rules forbid.</summary>
    public sealed record Unprotected : TransactionRefusal
    {
        /// <inheritdoc/>
        public override string Message => "only replay-protected (EIP-155) transactions allowed over RPC";
    }

    /// <summary>The signature is not well-formed, or no key fits it.</summary>
    /// <param name="Fault">What is wrong; none where the values are in range but no key fits.</param>
    public sealed record InvalidSignature(SignatureFault Fault) : TransactionRefusal
    {
        /// <inheritdoc/>
        public override string Message =>
            Fault == SignatureFault.None ? "invalid sender: no key fits the signature" : $"invalid transaction v, r, s values: {Fault}";
    }

    /// <summary>The nonce is 2^64 - 1 (EIP-2681).</summary>
    public sealed record NonceTooHigh : TransactionRefusal
    {
        /// <inheritdoc/>
        public override string Message => "nonce has max value";
    }

    /// <summary>Gas limit times price has more than 256 bits.</summary>
    public sealed record FeeOverflow : TransactionRefusal
    {
        /// <inheritdoc/>
        public override string Message => "insufficient funds for gas * price + value: gas * price is above 2^256 - 1";
    }

    /// <summary>The tip's cap is above the fee's cap (EIP-1559).</summary>
    /// <param name="Tip">Max priority fee per gas in wei.</param>
    /// <param name="FeeCap">Max fee per gas in wei.</param>
    public sealed record TipAboveFeeCap(UInt256 Tip, UInt256 FeeCap) : TransactionRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"max priority fee per gas higher than max fee per gas: maxPriorityFeePerGas {Tip}, maxFeePerGas {FeeCap}";
    }

    /// <summary>A set-code transaction that authorizes nothing (EIP-7702).</summary>
    public sealed record NoAuthorizations : TransactionRefusal
    {
        /// <inheritdoc/>
        public override string Message => "EIP-7702 transaction with empty auth list";
    }

    /// <summary>A set-code transaction that creates a contract (EIP-7702).</summary>
    public sealed record SetCodeCreates : TransactionRefusal
    {
        /// <inheritdoc/>
        public override string Message => "EIP-7702 transaction cannot be used to create contract";
    }

    /// <summary>The init code is too long (EIP-3860).</summary>
    /// <param name="Length">Its length in bytes.</param>
    /// <param name="Limit">What is allowed.</param>
    public sealed record InitCodeTooLarge(int Length, int Limit) : TransactionRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"max initcode size exceeded: code size {Length}, limit {Limit}";
    }

    /// <summary>The gas limit does not pay for what is charged before execution.</summary>
    /// <param name="GasLimit">What the transaction brings.</param>
    /// <param name="Required">What it needs.</param>
    public sealed record IntrinsicGasTooLow(ulong GasLimit, ulong Required) : TransactionRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"intrinsic gas too low: gas {GasLimit}, minimum needed {Required}";
    }

    /// <summary>The gas limit does not pay the floor price of the data (EIP-7623).</summary>
    /// <param name="GasLimit">What the transaction brings.</param>
    /// <param name="Required">What it needs.</param>
    public sealed record FloorGasTooLow(ulong GasLimit, ulong Required) : TransactionRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"insufficient gas for floor data gas cost: gas {GasLimit}, minimum needed {Required}";
    }

    /// <summary>The gas limit is above the cap for one transaction (EIP-7825).</summary>
    /// <param name="GasLimit">What the transaction brings.</param>
    /// <param name="Limit">What is allowed.</param>
    public sealed record GasLimitTooHigh(ulong GasLimit, ulong Limit) : TransactionRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"transaction gas limit too high (cap: {Limit}, tx: {GasLimit})";
    }
}
