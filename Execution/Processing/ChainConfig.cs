using Cloud.Execution.Evm;
using Cloud.Protocol;

namespace Cloud.Execution.Processing;

/// <summary>What a chain has agreed on about execution.</summary>
public sealed record ChainConfig
{
    /// <summary>The chain's id (EIP-155).</summary>
    public required ulong ChainId { get; init; }

    /// <summary>Time in Unix seconds of the first block with Prague's rules; null for never.</summary>
    public ulong? PragueTime { get; init; } = 0;

    /// <summary>Time in Unix seconds of the first block with Osaka's rules; null for never.</summary>
    public ulong? OsakaTime { get; init; } = 0;

    /// <summary>The fork in force.</summary>
    /// <param name="timestamp">The block's time in Unix seconds.</param>
    /// <returns>The newest fork that has begun; Cancun before all others.</returns>
    public Fork ForkAt(ulong timestamp) =>
        OsakaTime <= timestamp ? Fork.Osaka
        : PragueTime <= timestamp ? Fork.Prague
        : Fork.Cancun;

    /// <summary>The rules in force.</summary>
    /// <param name="timestamp">The block's time in Unix seconds.</param>
    /// <returns>The rules of <see cref="ForkAt"/>.</returns>
    public ForkRules RulesAt(ulong timestamp) => ForkRules.Of(ForkAt(timestamp));
}
