using Cloud.Protocol.Rlp;
using Cloud.Protocol.Transactions;

namespace Cloud.Protocol.Blocks;

/// <summary>Why an encoded block, header or receipt is refused.</summary>
public abstract record BlockRefusal
{
    private BlockRefusal()
    {
    }

    /// <summary>A text for the log.</summary>
    public abstract string Message { get; }

    /// <summary>The encoding is not the canonical RLP of the fields.</summary>
    /// <param name="Field">The first field that is wrong.</param>
    /// <param name="Error">What is wrong with it.</param>
    public sealed record Malformed(string Field, RlpError Error) : BlockRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"rlp: {Error} in field {Field}";
    }

    /// <summary>A field that has one value only since the merge, or on L2, has another one.</summary>
    /// <param name="Field">Which field.</param>
    /// <param name="Expected">The only value.</param>
    public sealed record UnexpectedValue(string Field, string Expected) : BlockRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"{Field} must be {Expected}";
    }

    /// <summary>No such receipt type.</summary>
    /// <param name="Type">The first byte.</param>
    public sealed record UnknownReceiptType(byte Type) : BlockRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"receipt type not supported: 0x{Type:x2}";
    }

    /// <summary>One of the transactions is refused.</summary>
    /// <param name="Index">Its place in the block, from 0.</param>
    /// <param name="Reason">Why.</param>
    public sealed record InvalidTransaction(int Index, TransactionRefusal Reason) : BlockRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"transaction {Index}: {Reason.Message}";
    }

    /// <summary>The body does not belong to the header.</summary>
    /// <param name="Field">The header's field that commits to it.</param>
    public sealed record Mismatch(string Field) : BlockRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"the body does not match the header's {Field}";
    }
}
