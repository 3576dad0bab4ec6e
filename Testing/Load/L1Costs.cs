using System.Collections.Immutable;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.BlobStores;
using Cloud.Settlement.L1;
using Cloud.Settlement.Watching;

namespace Cloud.Testing.Load;

/// <summary>What checkpoints cost on L1, and how full their blobs are.</summary>
/// <param name="Gas">Execution gas of all.</param>
/// <param name="GasPerPropose">Execution gas of each.</param>
/// <param name="Wei">For gas and blobs.</param>
/// <param name="Blobs">Blobs of all.</param>
/// <param name="BlobFill">See <see cref="LoadReport.BlobFill"/>.</param>
internal sealed record L1Costs(ulong Gas, double GasPerPropose, UInt256 Wei, int Blobs, double BlobFill)
{
    internal static async Task<L1Costs> ReadAsync(PreconfCloud cloud, ImmutableArray<PostedCheckpoint> landed)
    {
        ulong gas = 0;
        int seen = 0;
        int blobs = 0;
        UInt256 wei = default;
        List<double> full = [];
        List<double> last = [];
        UInt256 blobFee = (await cloud.L1Client.GetBlobBaseFeeAsync().ConfigureAwait(false)).TryGet(out UInt256 fee, out _) ? fee : default;
        foreach (PostedCheckpoint posted in landed)
        {
            if (!(await cloud.L1Client.GetReceiptAsync(posted.Transaction).ConfigureAwait(false)).TryGet(out L1Receipt? receipt, out _) || receipt is null
                || !(await cloud.L1Client.GetTransactionAsync(posted.Transaction).ConfigureAwait(false)).TryGet(out L1TransactionData? transaction, out _) || transaction is null)
            {
                continue;
            }

            seen++;
            gas += receipt.GasUsed;
            wei += (receipt.EffectiveGasPrice * receipt.GasUsed) + (blobFee * receipt.BlobGasUsed);
            blobs += transaction.BlobHashes.Length;
            if (await cloud.Node.Blobs.ReadAsync(posted.Block, posted.Timestamp, transaction.BlobHashes).ConfigureAwait(false) is BlobReading.Found found)
            {
                for (int i = 0; i < found.Blobs.Length; i++)
                {
                    ReadOnlySpan<byte> blob = found.Blobs[i].Span;
                    (i == found.Blobs.Length - 1 ? last : full).Add((blob.LastIndexOfAnyExcept((byte)0) + 1) / (double)blob.Length);
                }
            }
        }

        List<double> fill = full.Count > 0 ? full : last;
        return new L1Costs(gas, seen == 0 ? 0 : Math.Round(gas / (double)seen, 0), wei, blobs, fill.Count == 0 ? 0 : fill.Average());
    }
}
