namespace Orleans.Placement;

/// <summary>Activations of this grain are not migrated automatically. In one process nothing migrates.</summary>
/// <param name="kind">Which migrations are refused.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ImmovableAttribute(ImmovableKind kind = ImmovableKind.Any) : Attribute
{
    /// <summary>Which migrations are refused.</summary>
    public ImmovableKind Kind { get; } = kind;
}
