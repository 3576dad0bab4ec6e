namespace Orleans.CodeGeneration;

/// <summary>The version of a grain interface. In one process there is only one.</summary>
/// <param name="version">The version.</param>
[AttributeUsage(AttributeTargets.Interface)]
public sealed class VersionAttribute(ushort version) : Attribute
{
    /// <summary>The version.</summary>
    public ushort Version { get; } = version;
}
