using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Simulation;

/// <summary>What a simulation pretends of one account (the state override set of eth_call and eth_simulateV1). What is null stays as it is.</summary>
public sealed record StateOverride
{
    /// <summary>The balance in wei.</summary>
    public UInt256? Balance { get; init; }

    /// <summary>The nonce.</summary>
    public ulong? Nonce { get; init; }

    /// <summary>The code; empty for none. The code of a precompiled contract cannot be replaced: it is never read.</summary>
    public Bytes? Code { get; init; }

    /// <summary>The whole storage: what is not listed is zero. Not together with <see cref="StateDiff"/>.</summary>
    public IReadOnlyDictionary<UInt256, UInt256>? State { get; init; }

    /// <summary>Single slots: what is not listed stays.</summary>
    public IReadOnlyDictionary<UInt256, UInt256>? StateDiff { get; init; }
}
