namespace Orleans;

/// <summary>Which members get a number without an <see cref="IdAttribute"/>.</summary>
public enum GenerateFieldIds
{
    /// <summary>None.</summary>
    None,

    /// <summary>Public properties with a getter and a setter.</summary>
    PublicProperties,
}
