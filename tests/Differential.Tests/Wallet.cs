using System.Buffers.Binary;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Differential.Tests;

/// <summary>A key with its address and its next nonce.</summary>
internal sealed class Wallet
{
    public Wallet(int number)
    {
        Key = new byte[32];
        BinaryPrimitives.WriteInt32BigEndian(Key.AsSpan(24), 0xd1ff);
        BinaryPrimitives.WriteInt32BigEndian(Key.AsSpan(28), number + 1);
        Address = Secp256k1.TryGetAddress(Key, out Address address) ? address : throw new InvalidOperationException("Not a key.");
    }

    public byte[] Key { get; }

    public Address Address { get; }

    /// <summary>The nonce that the next transaction or authorization should have, if all before it count.</summary>
    public ulong Nonce { get; set; }
}
