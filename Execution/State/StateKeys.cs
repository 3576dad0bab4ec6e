using System.Buffers.Binary;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State;

/// <summary>Hashed keys of accounts and slots.</summary>
internal static class StateKeys
{
    /// <summary>Length of a slot's key on disk: hashed address and hashed slot.</summary>
    public const int SlotLength = 2 * Hash256.Length;

    public static Hash256 OfAddress(in Address address) => Keccak256.Hash(Address.AsSpan(in address));

    public static Hash256 OfSlot(in UInt256 slot)
    {
        Span<byte> bytes = stackalloc byte[UInt256.Length];
        slot.WriteBigEndian(bytes);
        return Keccak256.Hash(bytes);
    }

    public static void WriteSlot(Span<byte> destination, in Hash256 account, in Hash256 slot)
    {
        account.CopyTo(destination);
        slot.CopyTo(destination[Hash256.Length..]);
    }

    public static void WriteBlock(Span<byte> destination, ulong blockNumber) => BinaryPrimitives.WriteUInt64BigEndian(destination, blockNumber);
}
