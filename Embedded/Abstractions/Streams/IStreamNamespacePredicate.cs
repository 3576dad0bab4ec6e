namespace Orleans.Streams;

/// <summary>Chooses stream namespaces.</summary>
public interface IStreamNamespacePredicate
{
    /// <summary>Describes the choice as text.</summary>
    string PredicatePattern { get; }

    /// <summary>Whether a namespace is chosen.</summary>
    /// <param name="streamNamespace">The namespace.</param>
    /// <returns>Whether it is.</returns>
    bool IsMatch(string streamNamespace);
}
