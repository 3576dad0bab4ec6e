namespace Cloud.Protocol.Signing;

/// <summary>What reading an exported signing history gives. Every input gives one of the two, without an exception.</summary>
public abstract record InterchangeReading
{
    private InterchangeReading()
    {
    }

    /// <summary>The history.</summary>
    /// <param name="History">Not merged into anything yet.</param>
    public sealed record Ok(SigningHistory History) : InterchangeReading;

    /// <summary>The file is refused.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record Refused(InterchangeRefusal Reason) : InterchangeReading;
}
