using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Rlp;

namespace Cloud.Testing.L1;

/// <summary>What a pool looks at in a raw transaction of type 2 or 3.</summary>
/// <param name="Hash">Its hash.</param>
/// <param name="Sender">Who signed it.</param>
/// <param name="Nonce">Its nonce.</param>
/// <param name="HasBlobs">Whether it is of type 3.</param>
/// <param name="Tip">Its tip in wei.</param>
/// <param name="FeeCap">Its fee cap in wei.</param>
/// <param name="BlobFeeCap">Its blob fee cap in wei; 0 without blobs.</param>
/// <param name="Blobs">How many blobs.</param>
/// <param name="HasCellProofs">Whether it has the network form of EIP-7594.</param>
/// <param name="Raw">Its network form.</param>
internal sealed record PooledTransaction(
    Hash256 Hash, Address Sender, ulong Nonce, bool HasBlobs, UInt256 Tip, UInt256 FeeCap, UInt256 BlobFeeCap, int Blobs, bool HasCellProofs, Bytes Raw)
{
    private const int SignatureItems = 3;

    /// <summary>Reads a transaction; null for another type or a malformed one, which the node itself refuses.</summary>
    public static PooledTransaction? Read(byte[] raw)
    {
        if (raw.Length == 0 || raw[0] is not (2 or 3))
        {
            return null;
        }

        byte type = raw[0];
        ReadOnlySpan<byte> body = raw.AsSpan(1);
        bool cellProofs = false;
        if (type == 3)
        {
            RlpReader envelope = new(body);
            if (!envelope.TryReadList(out RlpReader parts) || !parts.TryReadItem(out body))
            {
                return null;
            }

            // A list would be the blobs of the old form.
            cellProofs = !parts.IsNextList && parts.TryReadUInt64(out ulong version) && version == 1;
        }

        RlpReader outer = new(body);
        if (!outer.TryReadList(out RlpReader fields) || !fields.TryCountItems(out int count) || count != (type == 3 ? 14 : 12))
        {
            return null;
        }

        using RlpWriter unsigned = RlpWriter.Rent();
        unsigned.WriteRaw(type);
        int list = unsigned.BeginList();
        RlpReader copy = fields;
        for (int i = 0; i < count - SignatureItems; i++)
        {
            if (!copy.TryReadItem(out ReadOnlySpan<byte> item))
            {
                return null;
            }

            unsigned.WriteRaw(item);
        }

        unsigned.EndList(list);
        if (!copy.TryReadUInt64(out ulong parity) || !copy.TryReadUInt256(out UInt256 r) || !copy.TryReadUInt256(out UInt256 s)
            || !Secp256k1.TryRecover(Keccak256.Hash(unsigned.WrittenSpan), new Signature(r, s, (byte)parity), out Address sender)
            || !fields.TryReadUInt64(out _) || !fields.TryReadUInt64(out ulong nonce) || !fields.TryReadUInt256(out UInt256 tip) || !fields.TryReadUInt256(out UInt256 feeCap))
        {
            return null;
        }

        UInt256 blobFeeCap = default;
        int blobs = 0;
        if (type == 3)
        {
            for (int i = 0; i < 5; i++)
            {
                if (!fields.TryReadItem(out _))
                {
                    return null;
                }
            }

            if (!fields.TryReadUInt256(out blobFeeCap) || !fields.TryReadList(out RlpReader hashes) || !hashes.TryCountItems(out blobs))
            {
                return null;
            }
        }

        byte[] canonical = [type, .. body];
        return new PooledTransaction(Keccak256.Hash(canonical), sender, nonce, type == 3, tip, feeCap, blobFeeCap, blobs, cellProofs, raw);
    }
}
