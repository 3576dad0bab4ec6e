using System.Collections.Frozen;

namespace Cloud.Gateway.JsonRpc;

/// <summary>All methods by name.</summary>
/// <param name="methods">The methods; no name twice.</param>
internal sealed class RpcMethodTable(IEnumerable<RpcMethod> methods)
{
    private readonly FrozenDictionary<string, RpcMethod> _methods = methods.ToFrozenDictionary(method => method.Name, StringComparer.Ordinal);

    /// <summary>The names, in no order.</summary>
    public IEnumerable<string> Names => _methods.Keys;

    /// <summary>Finds a method.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The method, or null.</returns>
    public RpcMethod? Find(string name) => _methods.GetValueOrDefault(name);
}
