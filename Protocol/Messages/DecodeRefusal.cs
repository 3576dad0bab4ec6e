using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Messages;

/// <summary>Why the encoding of a message is refused.</summary>
public abstract record DecodeRefusal
{
    private DecodeRefusal()
    {
    }

    /// <summary>What is wrong, with the limit where there is one.</summary>
    public abstract string Message { get; }

    /// <summary>The input is longer than any message of its kind.</summary>
    /// <param name="Length">Its length in bytes.</param>
    /// <param name="Limit">What is allowed.</param>
    public sealed record TooLarge(int Length, int Limit) : DecodeRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"{Length} bytes, at most {Limit} are allowed";
    }

    /// <summary>The input is another kind of message.</summary>
    /// <param name="Number">Its kind.</param>
    /// <param name="Expected">The kind to decode.</param>
    public sealed record WrongKind(ulong Number, MessageKind Expected) : DecodeRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"message kind {Number}, {Expected} ({(int)Expected}) is expected";
    }

    /// <summary>The input has a version that this program does not know.</summary>
    /// <param name="Version">Its version.</param>
    /// <param name="Known">The version of this program.</param>
    public sealed record UnknownVersion(ulong Version, ulong Known) : DecodeRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"version {Version}, only {Known} is known";
    }

    /// <summary>The input is not canonical RLP of the fields: cut off, too long, or written in another than the shortest form.</summary>
    /// <param name="Field">The first field that is wrong.</param>
    /// <param name="Error">What is wrong with it.</param>
    public sealed record Malformed(string Field, RlpError Error) : DecodeRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"{Field}: {Error}";
    }

    /// <summary>A list has too many items.</summary>
    /// <param name="Field">The list.</param>
    /// <param name="Limit">What is allowed.</param>
    public sealed record TooMany(string Field, int Limit) : DecodeRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"{Field}: more than {Limit} items";
    }

    /// <summary>A number has no meaning in its field.</summary>
    /// <param name="Field">The field.</param>
    /// <param name="Value">The number.</param>
    public sealed record OutOfRange(string Field, ulong Value) : DecodeRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"{Field}: {Value} is out of range";
    }

    /// <summary>A signature is not 65 bytes r || s || v in the one form that is accepted.</summary>
    /// <param name="Field">The field.</param>
    /// <param name="Fault">What is wrong with it.</param>
    public sealed record InvalidSignature(string Field, SignatureFault Fault) : DecodeRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"{Field}: {Fault}";
    }

    /// <summary>The block header in the message is refused.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record InvalidHeader(BlockRefusal Reason) : DecodeRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"header: {Reason.Message}";
    }

    /// <summary>Fields contradict each other.</summary>
    /// <param name="Rule">What must hold.</param>
    public sealed record Inconsistent(string Rule) : DecodeRefusal
    {
        /// <inheritdoc/>
        public override string Message => $"inconsistent: {Rule}";
    }
}
