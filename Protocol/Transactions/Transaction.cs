using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Transactions;

/// <summary>A signed transaction or a deposit, with its encoding, its hash and, once asked for, its sender. Immutable; safe for use by several threads.</summary>
public sealed class Transaction : IEquatable<Transaction>
{
    private const int SenderUnknown = 0;
    private const int SenderKnown = 1;
    private const int SenderMissing = 2;

    private readonly TransactionFields _fields;
    private Address _sender;
    private int _senderState;

    /// <summary>Joins fields and signature, and encodes them.</summary>
    /// <param name="fields">What the transaction says.</param>
    /// <param name="signature">The sender's signature; the default for a deposit.</param>
    public Transaction(TransactionFields fields, in Signature signature)
        : this(fields, in signature, Encode(fields, in signature))
    {
    }

    private Transaction(TransactionFields fields, in Signature signature, byte[] raw)
    {
        _fields = fields;
        Signature = signature;
        Raw = raw;
        Hash = Keccak256.Hash(raw);
        if (fields.Deposit is { } deposit)
        {
            _sender = deposit.From;
            _senderState = SenderKnown;
        }
    }

    /// <summary>The envelope (EIP-2718): the type byte, where there is one, and the RLP of the fields. What data feeds and blocks carry.</summary>
    public Bytes Raw { get; }

    /// <summary>Keccak-256 of <see cref="Raw"/>: the transaction's name.</summary>
    public Hash256 Hash { get; }

    /// <summary>The sender's signature; the default for a deposit.</summary>
    public Signature Signature { get; }

    /// <summary>What the transaction says, without its signature.</summary>
    public TransactionFields Fields => _fields;

    /// <inheritdoc cref="TransactionFields.Type"/>
    public TransactionType Type => _fields.Type;

    /// <inheritdoc cref="TransactionFields.ChainId"/>
    public ulong? ChainId => _fields.ChainId;

    /// <inheritdoc cref="TransactionFields.Nonce"/>
    public ulong Nonce => _fields.Nonce;

    /// <inheritdoc cref="TransactionFields.MaxPriorityFeePerGas"/>
    public UInt256 MaxPriorityFeePerGas => _fields.MaxPriorityFeePerGas;

    /// <inheritdoc cref="TransactionFields.MaxFeePerGas"/>
    public UInt256 MaxFeePerGas => _fields.MaxFeePerGas;

    /// <inheritdoc cref="TransactionFields.GasLimit"/>
    public ulong GasLimit => _fields.GasLimit;

    /// <inheritdoc cref="TransactionFields.To"/>
    public Address? To => _fields.To;

    /// <inheritdoc cref="TransactionFields.Value"/>
    public UInt256 Value => _fields.Value;

    /// <inheritdoc cref="TransactionFields.Data"/>
    public Bytes Data => _fields.Data;

    /// <inheritdoc cref="TransactionFields.AccessList"/>
    public ImmutableArray<AccessListEntry> AccessList => _fields.AccessList;

    /// <inheritdoc cref="TransactionFields.Authorizations"/>
    public ImmutableArray<Authorization> Authorizations => _fields.Authorizations;

    /// <inheritdoc cref="TransactionFields.Deposit"/>
    public DepositFields? Deposit => _fields.Deposit;

    /// <summary>A transaction that nobody has signed, as if an account had sent it: what simulations show. It is valid nowhere.</summary>
    /// <param name="fields">What the transaction says.</param>
    /// <param name="sender">Who is taken to have sent it.</param>
    /// <returns>The transaction, with an empty signature.</returns>
    public static Transaction Unsigned(TransactionFields fields, in Address sender) =>
        new(fields, default) { _sender = sender, _senderState = SenderKnown };

    /// <summary>Decodes an envelope. Total: any input gives a transaction or a refusal, never an exception.</summary>
    /// <param name="raw">The envelope; it is copied.</param>
    /// <param name="rules">What to accept.</param>
    /// <returns>The transaction, or why it is refused.</returns>
    /// <remarks>The signature is checked for form only; <see cref="TryGetSender"/> tells whether a key fits it. Gas and fees: <see cref="TransactionFields.Check"/>.</remarks>
    public static TransactionDecoding Decode(ReadOnlySpan<byte> raw, TransactionRules rules)
    {
        if (raw.IsEmpty)
        {
            return new TransactionDecoding.Refused(new TransactionRefusal.Empty());
        }

        if (raw.Length > rules.MaxLength)
        {
            return new TransactionDecoding.Refused(new TransactionRefusal.TooLarge(raw.Length, rules.MaxLength));
        }

        byte[] copy = raw.ToArray();
        TransactionRefusal? refusal = TransactionDecoder.Decode(copy, rules, out TransactionFields? fields, out Signature signature);
        return refusal is null
            ? new TransactionDecoding.Decoded(new Transaction(fields!, in signature, copy))
            : new TransactionDecoding.Refused(refusal);
    }

    /// <summary>Recovers the sender once and keeps the answer.</summary>
    /// <param name="sender">The sender, or zero where the result is false.</param>
    /// <returns>False where no key fits the signature.</returns>
    public bool TryGetSender(out Address sender)
    {
        int state = Volatile.Read(ref _senderState);
        if (state == SenderUnknown)
        {
            // Two threads may both come here; both write the same value.
            bool recovered = Secp256k1.TryRecover(_fields.SigningHash(), Signature, out Address address);
            _sender = address;
            state = recovered ? SenderKnown : SenderMissing;
            Volatile.Write(ref _senderState, state);
        }

        sender = state == SenderKnown ? _sender : default;
        return state == SenderKnown;
    }

    /// <summary>Writes the transaction as an item of a block body: a legacy one as its list, any other as a string.</summary>
    /// <param name="writer">Where to.</param>
    public void WriteItem(RlpWriter writer)
    {
        if (Type == TransactionType.Legacy)
        {
            writer.WriteRaw(Raw.Span);
        }
        else
        {
            writer.Write(Raw);
        }
    }

    /// <summary>Reads an item of a block body.</summary>
    /// <param name="reader">Stands before the item; after it on success.</param>
    /// <param name="rules">What to accept.</param>
    /// <returns>The transaction, or why it is refused.</returns>
    public static TransactionDecoding ReadItem(ref RlpReader reader, TransactionRules rules)
    {
        bool isLegacy = reader.IsNextList;
        ReadOnlySpan<byte> raw;
        if (!(isLegacy ? reader.TryReadItem(out raw) : reader.TryReadString(out raw)))
        {
            return new TransactionDecoding.Refused(new TransactionRefusal.Malformed("transaction", reader.Error));
        }

        // A legacy transaction inside a string would be a second encoding of the same block.
        return !isLegacy && !raw.IsEmpty && raw[0] >= 0xc0
            ? new TransactionDecoding.Refused(new TransactionRefusal.Malformed("transaction", RlpError.WrongKind))
            : Decode(raw, rules);
    }

    /// <inheritdoc/>
    public bool Equals(Transaction? other) => other is not null && Hash == other.Hash;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Transaction);

    /// <inheritdoc/>
    public override int GetHashCode() => Hash.GetHashCode();

    /// <summary>Type and hash.</summary>
    /// <returns>A text for logs.</returns>
    public override string ToString() => $"{Type} transaction {Hash}";

    private static byte[] Encode(TransactionFields fields, in Signature signature)
    {
        using RlpWriter writer = RlpWriter.Rent();
        fields.WriteEnvelope(writer, in signature);
        return writer.ToArray();
    }
}
