using System.Buffers.Binary;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Tests.Pool;

/// <summary>A key that signs plausible transactions.</summary>
internal sealed class Wallet
{
    public const ulong ChainId = 901;

    private readonly byte[] _key = new byte[32];

    public Wallet(int number)
    {
        BinaryPrimitives.WriteInt32BigEndian(_key.AsSpan(28), number + 1);
        Assert.True(Secp256k1.TryGetAddress(_key, out Address address));
        Address = address;
    }

    public Address Address { get; }

    public static Address Somebody { get; } = Address.Parse("0x00000000000000000000000000000000000abcde");

    public Transaction Send(ulong nonce, ulong tip = 1, ulong cap = 100, ulong value = 0, ulong gas = 21_000, int dataLength = 0, Address? to = null) => Sign(new TransactionFields
    {
        ChainId = ChainId,
        Nonce = nonce,
        MaxPriorityFeePerGas = tip,
        MaxFeePerGas = cap,
        GasLimit = gas,
        To = to ?? Somebody,
        Value = value,
        Data = new byte[dataLength],
    });

    public Transaction Sign(TransactionFields fields) => fields.Sign(_key);

    public Authorization Authorize(in Address code, ulong nonce) => Authorization.Sign(ChainId, code, nonce, _key);
}
