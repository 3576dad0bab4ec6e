namespace Orleans;

/// <summary>Values of this type may be passed between grains: members with an <see cref="IdAttribute"/> and the parameters of a record's primary constructor are encoded.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum)]
public sealed class GenerateSerializerAttribute : Attribute
{
    /// <summary>Which members get a number without an <see cref="IdAttribute"/>.</summary>
    public GenerateFieldIds GenerateFieldIds { get; init; } = GenerateFieldIds.None;

    /// <summary>Whether the primary constructor's parameters are encoded. Records: yes unless switched off.</summary>
    public bool IncludePrimaryConstructorParameters { get; init; }
}
