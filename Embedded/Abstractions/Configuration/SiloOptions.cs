namespace Orleans.Configuration;

/// <summary>Options of a silo.</summary>
public class SiloOptions
{
    /// <summary>The silo's name; made up when empty.</summary>
    public string SiloName { get; set; } = string.Empty;
}
