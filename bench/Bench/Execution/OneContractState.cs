using Cloud.Execution.State;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Bench.Execution;

/// <summary>A state with one contract.</summary>
internal sealed class OneContractState(Address address, byte[] code) : IStateReader
{
    private readonly Account _account = new(1, default, Keccak256.Hash(code));

    public bool TryGetAccount(in Address which, out Account account)
    {
        account = which == address ? _account : default;
        return which == address;
    }

    public UInt256 GetStorage(in Address which, in UInt256 key) => default;

    public bool HasStorage(in Address which) => false;

    public ReadOnlyMemory<byte> GetCode(in Hash256 codeHash) => codeHash == _account.CodeHash ? code : default;
}
