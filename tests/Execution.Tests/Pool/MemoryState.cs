using Cloud.Execution.State;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Tests.Pool;

/// <summary>A state in dictionaries.</summary>
internal sealed class MemoryState : IStateReader
{
    public Dictionary<Address, Account> Accounts { get; init; } = [];

    public Dictionary<(Address, UInt256), UInt256> Storage { get; init; } = [];

    public Dictionary<Hash256, ReadOnlyMemory<byte>> Code { get; init; } = [];

    public MemoryState Copy() => new() { Accounts = new(Accounts), Storage = new(Storage), Code = new(Code) };

    public MemoryState With(in Address address, ulong nonce, UInt256 balance, byte[]? code = null)
    {
        Hash256 hash = Keccak256.Hash(code ?? []);
        Code[hash] = code ?? [];
        Accounts[address] = new Account(nonce, balance, hash);
        return this;
    }

    public bool TryGetAccount(in Address address, out Account account) => Accounts.TryGetValue(address, out account);

    public UInt256 GetStorage(in Address address, in UInt256 key) => Storage.GetValueOrDefault((address, key));

    public bool HasStorage(in Address address)
    {
        foreach ((Address, UInt256) key in Storage.Keys)
        {
            if (key.Item1 == address)
            {
                return true;
            }
        }

        return false;
    }

    public ReadOnlyMemory<byte> GetCode(in Hash256 codeHash) => Code.GetValueOrDefault(codeHash);
}
