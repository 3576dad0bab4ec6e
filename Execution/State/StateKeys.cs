using System.Buffers.Binary;
using Cloud.Execution.State.Tries;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State;

/// <summary>Hashed keys of accounts and slots.</summary>
internal static class StateKeys
{
    /// <summary>Length of a slot's key on disk: hashed address and hashed slot.</summary>
    public const int SlotLength = 2 * Hash256.Length;

    public static Hash256 OfAddress(in Address address) => Keccak256.Hash(Address.AsSpan(in address));

    /// <summary>Hashes keys eight at once, in the order in which they come.</summary>
    /// <param name="items">Filled with the keys, each with its place.</param>
    /// <param name="room">Memory of <see cref="Room"/> bytes to work in.</param>
    public ref struct Batch(Span<TrieItem> items, Span<byte> room)
    {
        /// <summary>How much memory it needs, in bytes.</summary>
        public const int Room = Keccak256Batch.MaxCount * Keccak256.Rate;

        private readonly Span<TrieItem> _items = items;
        private readonly Span<byte> _messages = room;
        private int _count;
        private int _done;
        private int _length;

        public void Add(in Address address) => Add(Address.AsSpan(in address));

        public void Add(in UInt256 slot)
        {
            Span<byte> bytes = stackalloc byte[UInt256.Length];
            slot.WriteBigEndian(bytes);
            Add(bytes);
        }

        /// <summary>Hashes what is left over.</summary>
        public void Flush()
        {
            Span<int> lengths = stackalloc int[Keccak256Batch.MaxCount];
            lengths = lengths[.._count];
            lengths.Fill(_length);
            Span<Hash256> digests = stackalloc Hash256[Keccak256Batch.MaxCount];
            Keccak256Batch.Hash(_messages, Keccak256.Rate, lengths, digests);
            for (int i = 0; i < _count; i++)
            {
                _items[_done] = new TrieItem(in digests[i], _done);
                _done++;
            }

            _count = 0;
        }

        private void Add(scoped ReadOnlySpan<byte> key)
        {
            _length = key.Length;
            key.CopyTo(_messages[(_count * Keccak256.Rate)..]);
            if (++_count == Keccak256Batch.MaxCount)
            {
                Flush();
            }
        }
    }

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
