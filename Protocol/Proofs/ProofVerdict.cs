using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Proofs;

/// <summary>What checking a proof gave.</summary>
/// <param name="Rungs">One for each rung, in order.</param>
/// <param name="Committee">Commitment of the committee whose signatures were checked; null for none. To be compared with L1 where it was not trusted beforehand.</param>
/// <param name="Succeeded">Whether the transaction ran to its end; null where no receipt was proven.</param>
public sealed record ProofVerdict(ImmutableArray<RungVerdict> Rungs, Hash256? Committee, bool? Succeeded)
{
    /// <summary>Whether there is a rung, and all of them are valid.</summary>
    public bool IsValid => !Rungs.IsEmpty && Rungs.All(rung => rung.IsValid);

    /// <summary>The highest status below which, and with which, everything is valid; null for none.</summary>
    public string? Proven => Rungs.TakeWhile(rung => rung.IsValid).LastOrDefault()?.Status;
}
