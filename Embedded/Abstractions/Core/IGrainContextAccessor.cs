namespace Orleans.Runtime;

/// <summary>Gives the activation whose turn this is.</summary>
public interface IGrainContextAccessor
{
    /// <summary>The activation; null outside grains.</summary>
    IGrainContext GrainContext { get; }
}
