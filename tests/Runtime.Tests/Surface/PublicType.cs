namespace Cloud.Runtime.Tests.Surface;

/// <summary>A public or protected type and its members.</summary>
/// <param name="Name">Namespace, enclosing types and name with generic arity: <c>A.B.C`1+D</c>.</param>
/// <param name="Kind">"class", "struct", "interface", "enum" or "delegate".</param>
/// <param name="Traits">"abstract", "sealed", "ref".</param>
/// <param name="Base">The base type, or null for an interface.</param>
/// <param name="Interfaces">What it declares to implement.</param>
/// <param name="TypeParameters">Variance and constraints, in order.</param>
/// <param name="Usage">For an attribute: where it may stand.</param>
/// <param name="IsObsolete">Its use is a warning.</param>
/// <param name="Members">Members by signature.</param>
internal sealed record PublicType(
    string Name,
    string Kind,
    IReadOnlySet<string> Traits,
    string? Base,
    IReadOnlySet<string> Interfaces,
    IReadOnlyList<string> TypeParameters,
    string? Usage,
    bool IsObsolete,
    IReadOnlyDictionary<string, PublicMember> Members);
