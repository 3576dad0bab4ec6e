namespace Cloud.Runtime.Tests.Surface;

/// <summary>
/// Whether code that compiles against one surface compiles against another: everything of <c>ours</c> must be in <c>theirs</c> with the same shape,
/// and what an implementer must provide in <c>theirs</c> must be asked for in <c>ours</c>.
/// </summary>
internal sealed class SurfaceComparison(IReadOnlyDictionary<string, PublicType> theirs, IReadOnlySet<string> implementedByTheRuntimeOnly)
{
    private static readonly string[] OfObject = ["ToString() : System.String", "Equals(System.Object) : System.Boolean", "GetHashCode() : System.Int32"];

    /// <summary>What is wrong with one type.</summary>
    public IEnumerable<string> Differences(PublicType ours)
    {
        PublicType reference = theirs[ours.Name];
        List<string> differences = [];
        Require(ours.Kind == reference.Kind, $"is a {ours.Kind}, not a {reference.Kind}");
        Require(ours.TypeParameters.SequenceEqual(reference.TypeParameters), $"has type parameters [{string.Join("; ", ours.TypeParameters)}], not [{string.Join("; ", reference.TypeParameters)}]");
        Require(ours.Base == reference.Base || ours.Base == "System.Object", $"derives from {ours.Base}, not from {reference.Base}");
        Require(ours.Usage == reference.Usage, $"may stand on {ours.Usage ?? "anything"}, not on {reference.Usage ?? "anything"}");
        Require(!reference.IsObsolete || ours.IsObsolete, "is obsolete");
        foreach (string trait in reference.Traits.Except(ours.Traits))
        {
            differences.Add($"{ours.Name} is not {trait}");
        }

        foreach (string excess in ours.Interfaces.Except(Chain(reference).SelectMany(type => type.Interfaces)))
        {
            differences.Add($"{ours.Name} implements {excess}");
        }

        foreach (PublicMember member in ours.Members.Values)
        {
            differences.AddRange(Differences(ours, reference, member).Select(difference => $"{ours.Name}.{member.Signature} {difference}"));
        }

        if (!implementedByTheRuntimeOnly.Contains(ours.Name) && !ours.Traits.Contains("sealed"))
        {
            differences.AddRange(reference.Members.Values
                .Where(member => member.IsAbstract && !ours.Members.ContainsKey(member.Signature))
                .Select(member => $"{ours.Name} does not ask its implementers for {member.Signature}"));
        }

        return differences;

        void Require(bool condition, string difference)
        {
            if (!condition)
            {
                differences.Add($"{ours.Name} {difference}");
            }
        }
    }

    private IEnumerable<string> Differences(PublicType type, PublicType reference, PublicMember ours)
    {
        if (OfObject.Contains(ours.Signature, StringComparer.Ordinal))
        {
            yield break;
        }

        PublicMember? match = Chain(reference).Select(item => item.Members.GetValueOrDefault(ours.Signature)).FirstOrDefault(item => item is not null);
        if (match is null)
        {
            yield return "does not exist";
            yield break;
        }

        string[] excess = [.. ours.Traits.Except(match.Traits).Where(trait => trait is not "override" && (trait is not "virtual" || !ours.Traits.Contains("override")))];
        if (excess.Length > 0)
        {
            yield return $"is {string.Join(" and ", excess)}";
        }

        if (ours.Traits.Contains("static") != match.Traits.Contains("static"))
        {
            yield return "differs in being static";
        }

        if (type.Kind == "class" && ours.IsAbstract != match.IsAbstract)
        {
            yield return "differs in being abstract";
        }

        if (ours.IsAbstract && !match.IsAbstract && !implementedByTheRuntimeOnly.Contains(type.Name))
        {
            yield return "must be implemented, but need not be";
        }

        if (match.IsObsolete && !ours.IsObsolete)
        {
            yield return "is obsolete";
        }

        if (ours.Value != match.Value)
        {
            yield return $"has the value {ours.Value}, not {match.Value}";
        }

        // A default that only ours has would let a call compile that theirs refuses; the other way round is harmless.
        bool parametersFit = ours.Parameters.Count == match.Parameters.Count
            && ours.Parameters.Zip(match.Parameters).All(pair => pair.First == pair.Second || pair.Second.StartsWith($"{pair.First} = ", StringComparison.Ordinal));
        if (!parametersFit)
        {
            yield return $"has parameters ({string.Join(", ", ours.Parameters)}), not ({string.Join(", ", match.Parameters)})";
        }
    }

    private IEnumerable<PublicType> Chain(PublicType type)
    {
        for (PublicType? current = type; current is not null; current = current.Base is null ? null : theirs.GetValueOrDefault(current.Base.Split('<')[0]))
        {
            yield return current;
        }
    }
}
