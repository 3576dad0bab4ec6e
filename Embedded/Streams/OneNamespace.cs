using Orleans.Streams;

namespace Cloud.Embedded.Streams;

internal sealed class OneNamespace(string name) : IStreamNamespacePredicate
{
    public string PredicatePattern => $"namespace:{name}";

    public bool IsMatch(string streamNamespace) => streamNamespace == name;
}
