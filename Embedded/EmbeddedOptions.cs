namespace Cloud.Embedded;

/// <summary>What only this runtime can be told.</summary>
public sealed class EmbeddedOptions
{
    /// <summary>
    /// Whether every argument and result is encoded and decoded, as it would be between two processes: a type that cannot be encoded is then refused, and nobody shares
    /// an object with anybody. Off by default: then, as in Orleans within one silo, what cannot change (a type, parameter or wrapper marked as immutable, and plain values)
    /// goes by reference and the rest is copied. The in-process test cluster turns it on.
    /// </summary>
    public bool IsolateArguments { get; set; }
}
