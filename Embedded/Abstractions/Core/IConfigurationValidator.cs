namespace Orleans;

/// <summary>Checks options when a silo or client starts.</summary>
public interface IConfigurationValidator
{
    /// <summary>Checks.</summary>
    /// <exception cref="Runtime.OrleansConfigurationException">Names the option and the rule.</exception>
    void ValidateConfiguration();
}
