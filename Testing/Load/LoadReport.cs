using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cloud.Testing.Load;

/// <summary>What came of a run under load. Others script against its JSON: keys are added, never renamed. Times are from just before the request to the event at a subscriber.</summary>
public sealed record LoadReport
{
    private const int MaxNamed = 10;
    private static readonly JsonSerializerOptions Format = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.Never };

    /// <summary>Transactions that were accepted.</summary>
    public required int Submitted { get; init; }

    /// <summary>Accepted ones that were not on L1 when the time to settle was over.</summary>
    public required int Lost { get; init; }

    /// <summary>Accepted ones that were not final when the time to wait for it was over; those that are lost among them.</summary>
    public required int Unfinalized { get; init; }

    /// <summary>Promises that were broken, of anybody's transactions.</summary>
    public required int Broken { get; init; }

    /// <summary>To a signed flashblock.</summary>
    public LoadPercentiles? PreconfirmedMs { get; init; }

    /// <summary>To a sealed chunk.</summary>
    public LoadPercentiles? ProposedMs { get; init; }

    /// <summary>To a chunk's certificate.</summary>
    public LoadPercentiles? AttestedMs { get; init; }

    /// <summary>To L1.</summary>
    public LoadPercentiles? CheckpointedMs { get; init; }

    /// <summary>To a proof; of those that have one.</summary>
    public LoadPercentiles? ProvenMs { get; init; }

    /// <summary>To finality; of those that have it.</summary>
    public LoadPercentiles? FinalizedMs { get; init; }

    /// <summary>Chunks in the run.</summary>
    public required int Chunks { get; init; }

    /// <summary>Checkpoints that landed on L1 in the run.</summary>
    public required int CheckpointsLanded { get; init; }

    /// <summary>Slots under load, from the first chunk to the last; those without a chunk too.</summary>
    public required int Slots { get; init; }

    /// <summary>Those of them whose checkpoint did not land on L1.</summary>
    public required ImmutableArray<ulong> SlotsWithoutCheckpoint { get; init; }

    /// <summary>Mean L1 gas of a checkpoint's transaction.</summary>
    public required double L1GasPerPropose { get; init; }

    /// <summary>L1 gas of all checkpoints for each transaction.</summary>
    public required double L1GasPerTx { get; init; }

    /// <summary>Wei for gas and blobs for each transaction, decimal.</summary>
    public required string L1WeiPerTx { get; init; }

    /// <summary>Blobs of all checkpoints.</summary>
    public required int Blobs { get; init; }

    /// <summary>Part of the blobs that is used, in all but the last blob of each checkpoint; of the last ones where there are no others.</summary>
    public required double BlobFill { get; init; }

    /// <summary>The longest wait from a sealed chunk to the first flashblock of the next.</summary>
    public required double MaxChunkGapMs { get; init; }

    /// <summary>Most memory of the process, L1 not counted, in MiB.</summary>
    public required double RssMiB { get; init; }

    /// <summary>What the heap held after collections of all generations, at least, in the third quarter of the load and in the last, in MiB.</summary>
    public MemoryPair? MemoryLiveMiB { get; init; }

    /// <summary>Highest resident size without pages of files, in the third quarter of the load and in the last, in MiB.</summary>
    public MemoryPair? MemoryAnonymousMiB { get; init; }

    /// <summary>What grew by more than <see cref="MemoryMeter"/> allows; empty where memory is flat, and for runs shorter than <see cref="MemoryMeter.ShortestJudged"/>.</summary>
    public required ImmutableArray<string> MemoryGrowth { get; init; }

    /// <summary>Processor time of the process; 100 is one core.</summary>
    public required double CpuPercent { get; init; }

    /// <summary>How often blocks left the chain.</summary>
    public required int Reorgs { get; init; }

    /// <summary>Submissions that were refused at once.</summary>
    public required int Refused { get; init; }

    /// <summary>Why, and how often.</summary>
    public required ImmutableSortedDictionary<string, int> Refusals { get; init; }

    /// <summary>Where the lost ones stand, and how many.</summary>
    public required ImmutableSortedDictionary<string, int> LostStatuses { get; init; }

    /// <summary>Why the first promise was broken; null for none.</summary>
    public string? BrokenWhy { get; init; }

    /// <summary>The block to which the chain was rebuilt from L1 and blobs alone.</summary>
    public ulong? FollowedBlock { get; init; }

    /// <summary>From the first transaction to the report.</summary>
    public required double DurationSeconds { get; init; }

    /// <summary>Whether every event was seen.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>Whether nothing was lost, no promise broken, every slot's checkpoint landed, memory did not grow, and something was measured.</summary>
    [JsonIgnore]
    public bool IsGood => !Failures().Any();

    /// <summary>What went wrong.</summary>
    /// <returns>A sentence for each; none where all is well.</returns>
    public IEnumerable<string> Failures()
    {
        if (Submitted == 0)
        {
            yield return "no transaction was accepted";
        }

        if (Lost > 0 || Broken > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"of {Submitted} accepted transactions {Lost} are lost, and {Broken} promises are broken{(BrokenWhy is { } why ? $": {why}" : "")}");
        }

        if (!SlotsWithoutCheckpoint.IsEmpty)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"of {Slots} slots {SlotsWithoutCheckpoint.Length} have no checkpoint on L1: {string.Join(", ", SlotsWithoutCheckpoint.Take(MaxNamed))}{(SlotsWithoutCheckpoint.Length > MaxNamed ? ", ..." : "")}");
        }

        foreach (string growth in MemoryGrowth)
        {
            yield return $"memory is not flat: {growth}";
        }

        if (!IsComplete)
        {
            yield return "the report is not complete: the meter could not follow the chain's events";
        }
    }

    /// <summary>The report as JSON.</summary>
    /// <returns>Indented text.</returns>
    public string ToJson() => JsonSerializer.Serialize(this, Format) + "\n";
}
