using Cloud.Execution.State;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Journal;

/// <summary>A state without accounts.</summary>
public sealed class EmptyState : IStateReader
{
    private EmptyState()
    {
    }

    /// <summary>The one instance.</summary>
    public static EmptyState Instance { get; } = new();

    /// <inheritdoc/>
    public bool TryGetAccount(in Address address, out Account account)
    {
        account = default;
        return false;
    }

    /// <inheritdoc/>
    public UInt256 GetStorage(in Address address, in UInt256 key) => default;

    /// <inheritdoc/>
    public bool HasStorage(in Address address) => false;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> GetCode(in Hash256 codeHash) => default;
}
