using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Protocol.Transactions;

/// <summary>What a transaction says, without its signature. Sign it to get a <see cref="Transaction"/>.</summary>
public sealed record TransactionFields
{
    /// <summary>Longest init code in bytes (EIP-3860).</summary>
    public const int MaxInitCodeLength = 49_152;

    /// <summary>Largest gas limit of one transaction from Osaka on (EIP-7825).</summary>
    public const ulong MaxGasLimit = 1 << 24;

    /// <summary>Which kind of transaction, and so which fields are encoded.</summary>
    public TransactionType Type { get; init; } = TransactionType.DynamicFee;

    /// <summary>The chain that it is for. Null only for a legacy transaction without EIP-155 and for deposits.</summary>
    public ulong? ChainId { get; init; }

    /// <summary>The sender's count of transactions. Deposits have none.</summary>
    public ulong Nonce { get; init; }

    /// <summary>Highest tip per gas in wei; the gas price of types 0 and 1.</summary>
    public UInt256 MaxPriorityFeePerGas { get; init; }

    /// <summary>Highest price per gas in wei; the gas price of types 0 and 1.</summary>
    public UInt256 MaxFeePerGas { get; init; }

    /// <summary>Most gas that it may use.</summary>
    public ulong GasLimit { get; init; }

    /// <summary>Who is called; null to create a contract.</summary>
    public Address? To { get; init; }

    /// <summary>Wei to send.</summary>
    public UInt256 Value { get; init; }

    /// <summary>Input of the call, or init code.</summary>
    public Bytes Data { get; init; }

    /// <summary>Accounts and slots paid for ahead of time (types 1, 2 and 4).</summary>
    public ImmutableArray<AccessListEntry> AccessList { get; init; } = [];

    /// <summary>Permissions to set code (type 4).</summary>
    public ImmutableArray<Authorization> Authorizations { get; init; } = [];

    /// <summary>What only a deposit has; null for every other type.</summary>
    public DepositFields? Deposit { get; init; }

    /// <summary>Checks everything that needs no state: fork, nonce, fees, init code and gas.</summary>
    /// <param name="fork">The rules in force.</param>
    /// <returns>What is wrong, or null. Deposits are never refused: they are charged and may fail.</returns>
    public TransactionRefusal? Check(Fork fork)
    {
        if (Type == TransactionType.Deposit)
        {
            return null;
        }

        if (Type == TransactionType.SetCode && fork < Fork.Prague)
        {
            return new TransactionRefusal.TypeNotActive(Type, fork);
        }

        if (Nonce == ulong.MaxValue)
        {
            return new TransactionRefusal.NonceTooHigh();
        }

        if (MaxPriorityFeePerGas > MaxFeePerGas)
        {
            return new TransactionRefusal.TipAboveFeeCap(MaxPriorityFeePerGas, MaxFeePerGas);
        }

        if (MultiplicationOverflows(MaxFeePerGas, GasLimit))
        {
            return new TransactionRefusal.FeeOverflow();
        }

        if (To is null && Data.Length > MaxInitCodeLength)
        {
            return new TransactionRefusal.InitCodeTooLarge(Data.Length, MaxInitCodeLength);
        }

        if (Type == TransactionType.SetCode && To is null)
        {
            return new TransactionRefusal.SetCodeCreates();
        }

        if (Type == TransactionType.SetCode && Authorizations.IsEmpty)
        {
            return new TransactionRefusal.NoAuthorizations();
        }

        if (fork >= Fork.Osaka && GasLimit > MaxGasLimit)
        {
            return new TransactionRefusal.GasLimitTooHigh(GasLimit, MaxGasLimit);
        }

        IntrinsicGas gas = IntrinsicGas.Of(this, fork);
        return GasLimit < gas.Standard ? new TransactionRefusal.IntrinsicGasTooLow(GasLimit, gas.Standard)
            : GasLimit < gas.Floor ? new TransactionRefusal.FloorGasTooLow(GasLimit, gas.Floor)
            : null;
    }

    /// <summary>What the sender signs (EIP-155, or keccak256 of the type and the unsigned fields).</summary>
    /// <returns>The digest.</returns>
    /// <exception cref="InvalidOperationException">The type has no signature or lacks its chain id.</exception>
    public Hash256 SigningHash()
    {
        using RlpWriter writer = RlpWriter.Rent();
        switch (Type)
        {
            case TransactionType.Deposit or TransactionType.Blob:
                throw new InvalidOperationException($"Transactions of type {Type} are not signed here.");
            case TransactionType.Legacy:
                int list = writer.BeginList();
                WriteCommon(writer);
                if (ChainId is { } chainId)
                {
                    writer.Write(chainId);
                    writer.Write(0UL);
                    writer.Write(0UL);
                }

                writer.EndList(list);
                break;
            default:
                writer.WriteRaw((byte)Type);
                int typed = writer.BeginList();
                WriteCommon(writer);
                writer.EndList(typed);
                break;
        }

        return Keccak256.Hash(writer.WrittenSpan);
    }

    /// <summary>Signs the transaction.</summary>
    /// <param name="privateKey">32 bytes.</param>
    /// <returns>The transaction, ready to send.</returns>
    public Transaction Sign(ReadOnlySpan<byte> privateKey) => new(this, Secp256k1.Sign(privateKey, SigningHash()));

    /// <summary>Writes the envelope (EIP-2718).</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="signature">The signature; not used by deposits.</param>
    internal void WriteEnvelope(RlpWriter writer, in Signature signature)
    {
        if (Type != TransactionType.Legacy)
        {
            writer.WriteRaw((byte)Type);
        }

        int list = writer.BeginList();
        WriteCommon(writer);
        if (Type == TransactionType.Legacy)
        {
            UInt128 v = ChainId is { } chainId ? ((UInt128)chainId * 2) + 35 + signature.YParity : 27u + (UInt128)signature.YParity;
            writer.Write(new UInt256((ulong)v, (ulong)(v >> 64)));
        }
        else if (Type != TransactionType.Deposit)
        {
            writer.Write((ulong)signature.YParity);
        }

        if (Type != TransactionType.Deposit)
        {
            writer.Write(signature.R);
            writer.Write(signature.S);
        }

        writer.EndList(list);
    }

    private static bool MultiplicationOverflows(in UInt256 a, ulong b)
    {
        ulong carry = Math.BigMul(a.U0, b, out _);
        carry = High(a.U1, b, carry);
        carry = High(a.U2, b, carry);
        return High(a.U3, b, carry) != 0;

        static ulong High(ulong limb, ulong factor, ulong carry)
        {
            ulong high = Math.BigMul(limb, factor, out ulong low);
            return high + (low + carry < low ? 1UL : 0UL);
        }
    }

    private void WriteCommon(RlpWriter writer)
    {
        if (Type == TransactionType.Deposit)
        {
            DepositFields deposit = Deposit ?? throw new InvalidOperationException("A deposit needs its deposit fields.");
            writer.Write(deposit.SourceHash);
            writer.Write(deposit.From);
            writer.Write(To);
            writer.Write(deposit.Mint);
            writer.Write(Value);
            writer.Write(GasLimit);
            writer.Write(deposit.IsSystem);
            writer.Write(Data);
            return;
        }

        if (Type != TransactionType.Legacy)
        {
            writer.Write(ChainId ?? throw new InvalidOperationException("A typed transaction needs its chain id."));
        }

        writer.Write(Nonce);
        if (Type is TransactionType.DynamicFee or TransactionType.SetCode)
        {
            writer.Write(MaxPriorityFeePerGas);
        }

        writer.Write(MaxFeePerGas);
        writer.Write(GasLimit);
        writer.Write(To);
        writer.Write(Value);
        writer.Write(Data);
        if (Type != TransactionType.Legacy)
        {
            WriteAccessList(writer);
        }

        if (Type == TransactionType.SetCode)
        {
            WriteAuthorizations(writer);
        }
    }

    private void WriteAccessList(RlpWriter writer)
    {
        int list = writer.BeginList();
        foreach (AccessListEntry entry in AccessList)
        {
            int item = writer.BeginList();
            writer.Write(entry.Address);
            int keys = writer.BeginList();
            foreach (Hash256 key in entry.StorageKeys)
            {
                writer.Write(in key);
            }

            writer.EndList(keys);
            writer.EndList(item);
        }

        writer.EndList(list);
    }

    private void WriteAuthorizations(RlpWriter writer)
    {
        int list = writer.BeginList();
        foreach (Authorization authorization in Authorizations)
        {
            int item = writer.BeginList();
            writer.Write(authorization.ChainId);
            writer.Write(authorization.Address);
            writer.Write(authorization.Nonce);
            writer.Write((ulong)authorization.Signature.YParity);
            writer.Write(authorization.Signature.R);
            writer.Write(authorization.Signature.S);
            writer.EndList(item);
        }

        writer.EndList(list);
    }
}
