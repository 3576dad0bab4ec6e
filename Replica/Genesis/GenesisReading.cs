using System.Collections.Immutable;

namespace Cloud.Replica.Genesis;

/// <summary>What reading a genesis file gives.</summary>
public abstract record GenesisReading
{
    private GenesisReading()
    {
    }

    /// <summary>The file is good.</summary>
    /// <param name="Genesis">What it says.</param>
    public sealed record Read(GenesisConfig Genesis) : GenesisReading;

    /// <summary>The file is refused.</summary>
    /// <param name="Faults">One sentence for each fault, with the name of the value; at least one.</param>
    public sealed record Refused(ImmutableArray<string> Faults) : GenesisReading;
}
