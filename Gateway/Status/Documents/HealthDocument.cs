using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Cloud.Gateway.Status.Documents;

/// <summary>Schema Health.</summary>
internal sealed record HealthDocument(string Status, string Version, DateTimeOffset StartedAt, ImmutableArray<HealthCheckDocument> Checks, ProcessDocument Process);

/// <summary>Schema HealthCheck.</summary>
internal sealed record HealthCheckDocument(string Name, string Status, string? Reason, double? Value, string? Unit, DateTimeOffset? Since);

/// <summary>What the process uses.</summary>
internal sealed record ProcessDocument(long MemoryBytes, double? CpuPercent, int Subscribers);

/// <summary>RFC 9457.</summary>
internal sealed record ProblemDocument(
    string Type,
    string Title,
    int Status,
    string Detail,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Parameter = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? Limit = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? RetryAfterMs = null);
