namespace Cloud.Runtime.Tests.Surface;

/// <summary>A public or protected member, in words that two assemblies can be compared by.</summary>
/// <param name="Signature">Kind, name, type parameters with constraints, parameter and result types: what identifies the member.</param>
/// <param name="Traits">What a caller sees beyond the signature, such as "static" or "public".</param>
/// <param name="Parameters">Names and defaults of the parameters, in order.</param>
/// <param name="IsAbstract">An implementer has to provide it.</param>
/// <param name="IsObsolete">Its use is a warning.</param>
/// <param name="Value">The value of a constant.</param>
internal sealed record PublicMember(
    string Signature,
    IReadOnlySet<string> Traits,
    IReadOnlyList<string> Parameters,
    bool IsAbstract,
    bool IsObsolete,
    string? Value);
