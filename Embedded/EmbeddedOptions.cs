namespace Cloud.Embedded;

/// <summary>What only this runtime can be told.</summary>
public sealed class EmbeddedOptions
{
    /// <summary>
    /// Whether every argument and result is encoded and decoded, as it would be between two processes: a type that cannot be encoded is then refused, and nobody shares
    /// an object with anybody. Off by default: messages are immutable and go by reference. The in-process test cluster turns it on.
    /// </summary>
    public bool IsolateArguments { get; set; }
}
