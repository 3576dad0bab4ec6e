using System.Collections.Immutable;

namespace Cloud.Protocol.Signing;

/// <summary>What merging two histories gives.</summary>
public abstract record SigningMerge
{
    private SigningMerge()
    {
    }

    /// <summary>Both are in the result.</summary>
    /// <param name="Result">Nowhere less careful than either: watermarks only rose, and every position that was signed in one is signed in it.</param>
    /// <param name="Conflicts">Positions at which the two differ; the result's record has no root there, so that nothing more is signed.</param>
    public sealed record Merged(SigningHistory Result, ImmutableArray<SigningConflict> Conflicts) : SigningMerge;

    /// <summary>Nothing was changed.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Refused(InterchangeRefusal Reason) : SigningMerge;
}
