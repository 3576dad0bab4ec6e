using System.Collections.Immutable;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Rollups;

namespace Cloud.Settlement.Proving;

/// <summary>What a prover has to know.</summary>
public sealed record ProverOptions
{
    /// <summary>L1's chain id.</summary>
    public required ulong ChainId { get; init; }

    /// <summary>The rollup contract.</summary>
    public required Address Rollup { get; init; }

    /// <summary>The verifier contract.</summary>
    public required Address Verifier { get; init; }

    /// <summary>The verifier's provers in its order.</summary>
    public required ImmutableArray<Address> Provers { get; init; }

    /// <summary>How many of them prove.</summary>
    public required int Threshold { get; init; }

    /// <summary>The contract's time.</summary>
    public required RollupClock Clock { get; init; }
}
