namespace Cloud.Protocol.Transactions;

/// <summary>Gas that a transaction pays before its first instruction.</summary>
/// <param name="Standard">Base cost, data, creation, access list and authorizations (EIP-2028, 2930, 3860, 7702).</param>
/// <param name="Floor">The least that the whole transaction pays, by its data (EIP-7623); 0 before Prague.</param>
public readonly record struct IntrinsicGas(ulong Standard, ulong Floor)
{
    /// <summary>What every transaction pays.</summary>
    public const ulong Base = 21_000;

    /// <summary>What creating a contract adds (EIP-2).</summary>
    public const ulong Creation = 32_000;

    /// <summary>For a zero byte of data.</summary>
    public const ulong ZeroByte = 4;

    /// <summary>For any other byte of data (EIP-2028).</summary>
    public const ulong NonZeroByte = 16;

    /// <summary>For a 32-byte word of init code (EIP-3860).</summary>
    public const ulong InitCodeWord = 2;

    /// <summary>For an address in the access list (EIP-2930).</summary>
    public const ulong AccessListAddress = 2_400;

    /// <summary>For a slot in the access list (EIP-2930).</summary>
    public const ulong AccessListStorageKey = 1_900;

    /// <summary>For an authorization, before the refund for accounts that exist (EIP-7702).</summary>
    public const ulong EmptyAccount = 25_000;

    /// <summary>Floor price of a token; a zero byte is one token, any other byte four (EIP-7623).</summary>
    public const ulong FloorToken = 10;

    /// <summary>What the gas limit must cover.</summary>
    public ulong Minimum => Math.Max(Standard, Floor);

    /// <summary>Computes both amounts.</summary>
    /// <param name="fields">The transaction.</param>
    /// <param name="fork">The rules in force.</param>
    /// <returns>Amounts in gas.</returns>
    public static IntrinsicGas Of(TransactionFields fields, Fork fork)
    {
        ReadOnlySpan<byte> data = fields.Data.Span;
        ulong zeros = (ulong)data.Count((byte)0);
        ulong others = (ulong)data.Length - zeros;
        ulong gas = Base + (zeros * ZeroByte) + (others * NonZeroByte);
        if (fields.To is null)
        {
            gas += Creation + (((ulong)data.Length + 31) / 32 * InitCodeWord);
        }

        foreach (AccessListEntry entry in fields.AccessList)
        {
            gas += AccessListAddress + ((ulong)entry.StorageKeys.Length * AccessListStorageKey);
        }

        gas += (ulong)fields.Authorizations.Length * EmptyAccount;
        return new IntrinsicGas(gas, fork >= Fork.Prague ? Base + ((zeros + (4 * others)) * FloorToken) : 0);
    }
}
