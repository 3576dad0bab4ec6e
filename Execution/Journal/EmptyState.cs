using Cloud.Execution.State;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Journal;

/// <summary>A state without accounts.</summary>
internal sealed class EmptyState : IStateReader
{
    private EmptyState()
    {
    }

    public static EmptyState Instance { get; } = new();

    public bool TryGetAccount(in Address address, out Account account)
    {
        account = default;
        return false;
    }

    public UInt256 GetStorage(in Address address, in UInt256 key) => default;

    public bool HasStorage(in Address address) => false;

    public ReadOnlyMemory<byte> GetCode(in Hash256 codeHash) => default;
}
