namespace Cloud.Protocol.Transactions;

/// <summary>What a decoder accepts.</summary>
public sealed record TransactionRules
{
    /// <summary>Default of <see cref="MaxLength"/>: 128 KiB, as Ethereum's pools have it.</summary>
    public const int DefaultMaxLength = 131_072;

    /// <summary>The chain that signatures must name; null accepts any of at most 64 bits.</summary>
    public ulong? ChainId { get; init; }

    /// <summary>Longest encoding in bytes.</summary>
    public int MaxLength { get; init; } = DefaultMaxLength;

    /// <summary>Whether signatures from before EIP-155, good on every chain, are accepted. Well-known deployers need them.</summary>
    public bool AllowUnprotected { get; init; } = true;

    /// <summary>Whether deposits are accepted: yes in blocks, never from users.</summary>
    public bool AllowDeposits { get; init; }
}
