using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Following;

/// <summary>Finds a checkpoint's header in calldata, whatever contract the call went through.</summary>
public static class HeaderSearch
{
    private const byte FirstLongList = 0xf8;
    private const byte LastLongList = 0xf9;

    // One hash for each place that could begin a list; longer calldata is somebody's attempt to waste time.
    private const int MaxInput = 1 << 17;

    /// <summary>Searches for the list whose Keccak-256 is the payload hash.</summary>
    /// <param name="input">Any calldata.</param>
    /// <param name="payloadHash">The header's hash, from L1's event.</param>
    /// <returns>The header; null where it is not there.</returns>
    public static CheckpointHeader? Find(ReadOnlySpan<byte> input, in Hash256 payloadHash)
    {
        int end = Math.Min(input.Length, MaxInput);
        for (int start = 0; start < end; start++)
        {
            if (input[start] is not (FirstLongList or LastLongList))
            {
                continue;
            }

            int lengthBytes = input[start] - FirstLongList + 1;
            if (start + lengthBytes >= input.Length)
            {
                continue;
            }

            int length = input[start + 1];
            if (lengthBytes == 2)
            {
                length = (length << 8) | input[start + 2];
            }

            int total = 1 + lengthBytes + length;
            if (total <= CheckpointHeader.MaxLength && start + total <= input.Length && Keccak256.Hash(input.Slice(start, total)) == payloadHash
                && CheckpointHeader.Decode(input.Slice(start, total)) is Decoded<CheckpointHeader>.Ok { Value: { } header })
            {
                return header;
            }
        }

        return null;
    }
}
