using System.Collections.Immutable;
using Cloud.Gateway.Status.Documents;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;
using Cloud.Replica.Chain;
using Cloud.Settlement.L1Events;
using Cloud.Settlement.Watching;

namespace Cloud.Gateway.Status;

/// <summary>What the gateway saw of a slot.</summary>
internal sealed class SlotRecord(ulong slot)
{
    private const int MaxSamples = 1024;

    private readonly List<double> _preconfirmed = [];

    public ulong Slot => slot;

    /// <summary>Its chunks in the order in which they came, pruned and abandoned ones too.</summary>
    public List<ChunkRecord> Chunks { get; } = [];

    public CheckpointRecord? Checkpoint { get; set; }

    public bool IsReorged { get; set; }

    /// <summary>What the members did, by address; null where only certificates tell.</summary>
    public ImmutableDictionary<Address, Attendance>? Attendance { get; set; }

    /// <summary>The summary that was told last.</summary>
    public SlotSummaryDocument? Told { get; set; }

    /// <summary>The chunk at a place; null where there is none that counts.</summary>
    public ChunkRecord? Live(uint index) => Chunks.FindLast(chunk => chunk.Index == index && chunk.IsLive);

    /// <summary>At each place the chunk that counts, otherwise the last one that was there.</summary>
    public IEnumerable<ChunkRecord> Shown() => Chunks.GroupBy(chunk => chunk.Index).OrderBy(group => group.Key).Select(group => group.LastOrDefault(chunk => chunk.IsLive) ?? group.Last());

    public void NotePreconfirmed(TimeSpan took)
    {
        if (_preconfirmed.Count < MaxSamples)
        {
            _preconfirmed.Add(took.TotalMilliseconds);
        }
    }

    public double? PreconfirmedMs() => Median(_preconfirmed);

    public double? AttestedMs() => Median([.. Chunks.Where(chunk => chunk is { CertifiedAt: not null, SealedAt: not null }).Select(chunk => (chunk.CertifiedAt - chunk.SealedAt)!.Value.TotalMilliseconds)]);

    private static double? Median(List<double> values)
    {
        if (values.Count == 0)
        {
            return null;
        }

        double[] sorted = [.. values];
        Array.Sort(sorted);
        return Math.Round(sorted[sorted.Length / 2], 1);
    }
}

/// <summary>What the gateway saw of a slot's checkpoint.</summary>
internal sealed class CheckpointRecord(CheckpointHeader header)
{
    public CheckpointHeader Header => header;

    public DateTimeOffset? ProposedAt { get; set; }

    public ulong? Number { get; set; }

    public SkipReason? Skipped { get; set; }

    public bool IsOnL1 { get; set; }

    public bool IsInvalidated { get; set; }

    public L1BlockRef? LandedIn { get; set; }

    public DateTimeOffset? LandedAt { get; set; }

    public L1BlockRef? ProvenIn { get; set; }

    public DateTimeOffset? ProvenAt { get; set; }

    public L1BlockRef? FinalIn { get; set; }

    public DateTimeOffset? FinalAt { get; set; }

    public BlockId LastBlock => new(header.FirstBlock + header.Chunks - 1, header.BlockHash);

    /// <summary>What the contract has, as it was seen last.</summary>
    public PostedCheckpoint? Posted { get; set; }

    public DateTimeOffset? AttestedAt { get; set; }

    /// <summary>The document that was told last.</summary>
    public CheckpointDocument? Told { get; set; }
}
