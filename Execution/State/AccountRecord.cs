using System.Buffers.Binary;
using System.Numerics;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State;

/// <summary>An account with its storage root, as it is stored on disk and as it is hashed.</summary>
/// <remarks>
/// On disk: a byte of flags (1: has code, 2: has storage), a byte each with the lengths of nonce and balance, nonce and balance big-endian without leading zeros, the
/// code hash and the storage root where there are any.
/// </remarks>
internal readonly record struct AccountRecord(Account Account, Hash256 StorageRoot)
{
    /// <summary>Longest stored form in bytes.</summary>
    public const int MaxStoredLength = 3 + 8 + 32 + 32 + 32;

    /// <summary>Longest RLP in bytes.</summary>
    public const int MaxRlpLength = 2 + 9 + 33 + 33 + 33;

    private const byte HasCode = 1;
    private const byte HasStorage = 2;

    public static AccountRecord FromStored(ReadOnlySpan<byte> stored)
    {
        if (stored.Length < 3 || stored[1] > 8 || stored[2] > 32)
        {
            throw new StateCorruptException($"An account's record of {stored.Length} bytes is malformed.");
        }

        byte flags = stored[0];
        int nonceLength = stored[1];
        int balanceLength = stored[2];
        int expected = 3 + nonceLength + balanceLength + ((flags & HasCode) != 0 ? 32 : 0) + ((flags & HasStorage) != 0 ? 32 : 0);
        if (stored.Length != expected)
        {
            throw new StateCorruptException($"An account's record has {stored.Length} bytes and needs {expected}.");
        }

        ReadOnlySpan<byte> rest = stored[3..];
        Span<byte> nonce = stackalloc byte[sizeof(ulong)];
        nonce.Clear();
        rest[..nonceLength].CopyTo(nonce[(sizeof(ulong) - nonceLength)..]);
        rest = rest[nonceLength..];
        UInt256 balance = UInt256.FromBigEndian(rest[..balanceLength]);
        rest = rest[balanceLength..];
        Hash256 codeHash = Keccak256.OfEmpty;
        if ((flags & HasCode) != 0)
        {
            codeHash = new Hash256(rest[..32]);
            rest = rest[32..];
        }

        return new AccountRecord(
            new Account(BinaryPrimitives.ReadUInt64BigEndian(nonce), balance, codeHash),
            (flags & HasStorage) != 0 ? new Hash256(rest[..32]) : Keccak256.OfEmptyRlpString);
    }

    /// <summary>Writes the form for the disk.</summary>
    /// <returns>Bytes written.</returns>
    public int WriteStored(Span<byte> destination)
    {
        bool hasCode = Account.CodeHash != Keccak256.OfEmpty;
        bool hasStorage = StorageRoot != Keccak256.OfEmptyRlpString;
        int nonceLength = LengthOf(Account.Nonce);
        int balanceLength = Account.Balance.ByteLength;
        destination[0] = (byte)((hasCode ? HasCode : 0) | (hasStorage ? HasStorage : 0));
        destination[1] = (byte)nonceLength;
        destination[2] = (byte)balanceLength;
        int at = 3;
        at += WriteNonce(destination[at..], nonceLength);
        at += WriteBalance(destination[at..], balanceLength);
        if (hasCode)
        {
            Account.CodeHash.CopyTo(destination[at..]);
            at += 32;
        }

        if (hasStorage)
        {
            StorageRoot.CopyTo(destination[at..]);
            at += 32;
        }

        return at;
    }

    /// <summary>Length of the RLP in bytes.</summary>
    public int RlpLength
    {
        get
        {
            int nonceLength = LengthOf(Account.Nonce);
            int balanceLength = Account.Balance.ByteLength;
            return 2 + (nonceLength == 1 && Account.Nonce < 0x80 ? 1 : 1 + nonceLength)
                + (balanceLength == 1 && Account.Balance.U0 < 0x80 ? 1 : 1 + balanceLength) + 66;
        }
    }

    /// <summary>Writes RLP [nonce, balance, storage root, code hash] (yellow paper section 4.1).</summary>
    /// <returns>Bytes written.</returns>
    public int WriteRlp(Span<byte> destination)
    {
        int nonceLength = LengthOf(Account.Nonce);
        int balanceLength = Account.Balance.ByteLength;
        int at = 2;
        if (nonceLength != 1 || Account.Nonce >= 0x80)
        {
            destination[at++] = (byte)(0x80 + nonceLength);
        }

        at += WriteNonce(destination[at..], nonceLength);
        if (balanceLength != 1 || Account.Balance.U0 >= 0x80)
        {
            destination[at++] = (byte)(0x80 + balanceLength);
        }

        at += WriteBalance(destination[at..], balanceLength);
        destination[at++] = 0xa0;
        StorageRoot.CopyTo(destination[at..]);
        at += 32;
        destination[at++] = 0xa0;
        Account.CodeHash.CopyTo(destination[at..]);
        at += 32;
        destination[0] = 0xf8;
        destination[1] = (byte)(at - 2);
        return at;
    }

    public byte[] ToRlp()
    {
        byte[] rlp = new byte[RlpLength];
        WriteRlp(rlp);
        return rlp;
    }

    private static int LengthOf(ulong value) => (64 - BitOperations.LeadingZeroCount(value) + 7) / 8;

    private int WriteNonce(Span<byte> destination, int length)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, Account.Nonce);
        bytes[(sizeof(ulong) - length)..].CopyTo(destination);
        return length;
    }

    private int WriteBalance(Span<byte> destination, int length)
    {
        Span<byte> bytes = stackalloc byte[UInt256.Length];
        Account.Balance.WriteBigEndian(bytes);
        bytes[(UInt256.Length - length)..].CopyTo(destination);
        return length;
    }
}
