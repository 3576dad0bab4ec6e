namespace Cloud.Protocol.Deposits;

/// <summary>How many messages from L1 a slot may consume. A consensus value: it decides what is accepted.</summary>
/// <param name="Messages">Most messages of a slot, from 1.</param>
/// <param name="Gas">Most gas of their limits together; at least the inbox's limit of one message, 1,000,000, so that each message fits.</param>
public readonly record struct DepositLimits(int Messages, ulong Gas)
{
    /// <summary>64 messages and 8,000,000 gas: deposits never take more than a part of a slot's first chunk.</summary>
    public static DepositLimits Default { get; } = new(64, 8_000_000);
}
