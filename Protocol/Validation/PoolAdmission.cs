namespace Cloud.Protocol.Validation;

/// <summary>What a pool does with a valid message.</summary>
public abstract record PoolAdmission
{
    private PoolAdmission()
    {
    }

    /// <summary>Keep it. The first at its position is processed; later ones, above a cap of two, are kept and forwarded only.</summary>
    /// <param name="Count">Distinct messages at the position with this one; 1 for the first.</param>
    public sealed record Added(int Count) : PoolAdmission;

    /// <summary>Keep it and forward it as evidence, and raise the offence: the second distinct message at a position. Not processed. Happens once a position.</summary>
    public sealed record Equivocation : PoolAdmission;

    /// <summary>The same payload is there already.</summary>
    public sealed record AlreadyKnown : PoolAdmission;

    /// <summary>The position is full.</summary>
    public sealed record OverCap : PoolAdmission;
}
