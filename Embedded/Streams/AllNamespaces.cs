using Orleans.Streams;

namespace Cloud.Embedded.Streams;

internal sealed class AllNamespaces : IStreamNamespacePredicate
{
    public string PredicatePattern => "namespace:*";

    public bool IsMatch(string streamNamespace) => true;
}
