using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cloud.Testing.Load;

/// <summary>What came of a run under load. Others script against its JSON: keys are added, never renamed. Times are from just before the request to the event at a subscriber.</summary>
public sealed record LoadReport
{
    private static readonly JsonSerializerOptions Format = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.Never };

    /// <summary>Transactions that were accepted.</summary>
    public required int Submitted { get; init; }

    /// <summary>Accepted ones that were not on L1 when the time to settle was over.</summary>
    public required int Lost { get; init; }

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

    /// <summary>Whether nothing was lost, no promise broken, and something was measured.</summary>
    [JsonIgnore]
    public bool IsGood => Lost == 0 && Broken == 0 && Submitted > 0 && IsComplete;

    /// <summary>The report as JSON.</summary>
    /// <returns>Indented text.</returns>
    public string ToJson() => JsonSerializer.Serialize(this, Format) + "\n";
}
