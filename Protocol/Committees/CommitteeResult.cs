using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Committees;

/// <summary>A committee, or why there is none.</summary>
public abstract record CommitteeResult
{
    private CommitteeResult()
    {
    }

    /// <summary>There is a committee.</summary>
    /// <param name="Committee">The committee.</param>
    public sealed record Formed(Committee Committee) : CommitteeResult;

    /// <summary>The validator set is smaller than a committee. A smaller committee would be easier to take over, so there is none.</summary>
    /// <param name="Have">Validators in the set.</param>
    /// <param name="Need">Size of a committee.</param>
    public sealed record TooFewValidators(int Have, int Need) : CommitteeResult;

    /// <summary>A committee has from 1 to <see cref="Committee.MaxSize"/> members.</summary>
    /// <param name="Size">The size asked for.</param>
    public sealed record SizeOutOfRange(int Size) : CommitteeResult;

    /// <summary>An address stands in the set twice, so that one key could be counted twice.</summary>
    /// <param name="Validator">The address.</param>
    public sealed record Repeated(Address Validator) : CommitteeResult;
}
