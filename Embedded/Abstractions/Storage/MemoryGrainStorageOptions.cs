namespace Orleans.Configuration;

/// <summary>Options of the storage in memory.</summary>
public class MemoryGrainStorageOptions
{
    /// <summary>Over how many grains Orleans spreads the records. Not used here.</summary>
    public int NumStorageGrains { get; set; } = 10;
}
