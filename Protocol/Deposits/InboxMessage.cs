using System.Buffers.Binary;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Protocol.Deposits;

/// <summary>A message from L1 to L2, as the inbox of the rollup contract queued it.</summary>
/// <param name="Index">Its place in the inbox, from 1.</param>
/// <param name="Sender">Who sends it on L2; a contract's address is shifted by the inbox.</param>
/// <param name="To">Whom it calls.</param>
/// <param name="Value">Wei that it brings to L2.</param>
/// <param name="GasLimit">Gas of its transaction.</param>
/// <param name="Data">Calldata.</param>
public sealed record InboxMessage(ulong Index, Address Sender, Address To, UInt256 Value, ulong GasLimit, Bytes Data)
{
    private const int Word = 32;

    /// <summary>The hash of the message: keccak256 of its fields as ABI words, with the calldata's hash in the place of the calldata (contracts/src/Inbox.sol).</summary>
    /// <returns>The hash.</returns>
    public Hash256 Hash()
    {
        Span<byte> words = stackalloc byte[6 * Word];
        words.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(words[24..], Index);
        Sender.CopyTo(words[(Word + 12)..]);
        To.CopyTo(words[((2 * Word) + 12)..]);
        Value.WriteBigEndian(words.Slice(3 * Word, Word));
        BinaryPrimitives.WriteUInt64BigEndian(words[((4 * Word) + 24)..], GasLimit);
        Keccak256.Hash(Data.Span).CopyTo(words[(5 * Word)..]);
        return Keccak256.Hash(words);
    }

    /// <summary>The inbox's running hash with this message.</summary>
    /// <param name="before">The running hash before it; zero for the first message.</param>
    /// <returns>The commitment to it and all before it.</returns>
    public Hash256 HashAfter(in Hash256 before)
    {
        Hash256 own = Hash();
        return Keccak256.HashPair(Hash256.AsSpan(in before), Hash256.AsSpan(in own));
    }

    /// <summary>The transaction that the message is on L2.</summary>
    /// <param name="inHash">The running hash with this message: it tells the deposit from all others, whatever L1 block it is in.</param>
    /// <returns>A transaction of type 0x7E that mints the value to the sender and sends it on.</returns>
    public Transaction ToTransaction(in Hash256 inHash)
    {
        Hash256 domain = default;
        Hash256 source = Keccak256.HashPair(Hash256.AsSpan(in domain), Hash256.AsSpan(in inHash));
        return new Transaction(
            new TransactionFields
            {
                Type = TransactionType.Deposit,
                To = To,
                Value = Value,
                GasLimit = GasLimit,
                Data = Data,
                Deposit = new DepositFields(source, Sender, Value, IsSystem: false),
            },
            default);
    }
}
