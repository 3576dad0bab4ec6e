using System.Collections.Immutable;
using System.Reflection;
using Cloud.Gateway.Status.Documents;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Cloud.Gateway.Status;

/// <summary>The host's health checks as the status API tells them, with since when each is as it is. The probes and this use the same checks.</summary>
internal sealed class StatusHealth
{
    /// <summary>Keys in a check's data: the figure behind it and its unit.</summary>
    public const string Value = "value";

    /// <summary>Key in a check's data.</summary>
    public const string Unit = "unit";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);

    private readonly IServiceProvider _services;
    private readonly ImmutableArray<HealthCheckRegistration> _checks;
    private readonly EventLog _log;
    private readonly TimeProvider _time;
    private readonly DateTimeOffset _startedAt;
    private readonly Dictionary<string, (string Status, DateTimeOffset Since)> _since = [];
    private ImmutableArray<HealthCheckDocument> _present = [];
    private (TimeSpan Used, long At)? _processor;
    private double? _cpuPercent;

    /// <summary>Begins.</summary>
    public StatusHealth(IServiceProvider services, EventLog log, TimeProvider time)
    {
        _services = services;
        _checks = [.. services.GetService<IOptions<HealthCheckServiceOptions>>()?.Value.Registrations ?? []];
        _log = log;
        _time = time;
        _startedAt = time.GetUtcNow();
    }

    /// <summary>Of the program.</summary>
    public static string Version { get; } =
        typeof(StatusHealth).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>The health as it was seen last.</summary>
    public HealthDocument Present
    {
        get
        {
            ImmutableArray<HealthCheckDocument> checks = _present;
            return new HealthDocument(
                Worst(checks), Version, _startedAt, checks, new ProcessDocument(Environment.WorkingSet, _cpuPercent, _log.Streams));
        }
    }

    /// <summary>Runs the checks.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The health where a check changed; otherwise null.</returns>
    public async Task<HealthDocument?> RefreshAsync(CancellationToken cancellationToken)
    {
        MeasureProcessor();
        DateTimeOffset now = _time.GetUtcNow();
        bool isChanged = false;
        ImmutableArray<HealthCheckDocument>.Builder checks = ImmutableArray.CreateBuilder<HealthCheckDocument>();
        foreach (HealthCheckRegistration registration in _checks)
        {
            string name = registration.Name;
            HealthCheckResult entry = await CheckAsync(registration, cancellationToken).ConfigureAwait(false);
            string status = entry.Status switch
            {
                HealthStatus.Healthy => "ok",
                HealthStatus.Degraded => "degraded",
                _ => "unavailable",
            };
            if (!_since.TryGetValue(name, out (string Status, DateTimeOffset Since) known) || known.Status != status)
            {
                isChanged = true;
                _since[name] = known = (status, now);
            }

            checks.Add(new HealthCheckDocument(
                name,
                status,
                status == "ok" ? null : entry.Description ?? entry.Exception?.Message ?? "failed",
                entry.Data.GetValueOrDefault(Value) as double?,
                entry.Data.GetValueOrDefault(Unit) as string,
                known.Since));
        }

        _present = checks.ToImmutable();
        return isChanged ? Present : null;
    }

    /// <summary>Not by the health check service, which logs every check that is not healthy each time.</summary>
    private async Task<HealthCheckResult> CheckAsync(HealthCheckRegistration registration, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(Deadline, _time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await registration.Factory(_services).CheckHealthAsync(new HealthCheckContext { Registration = registration }, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new HealthCheckResult(registration.FailureStatus, $"The check took longer than {Deadline.TotalSeconds:F0} s.");
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return new HealthCheckResult(registration.FailureStatus, exception.Message, exception);
        }
    }

    private static string Worst(ImmutableArray<HealthCheckDocument> checks) =>
        checks.Any(check => check.Status == "unavailable") ? "unavailable" : checks.Any(check => check.Status == "degraded") ? "degraded" : "ok";

    private void MeasureProcessor()
    {
        TimeSpan used = Environment.CpuUsage.TotalTime;
        long at = _time.GetTimestamp();
        if (_processor is { } before && _time.GetElapsedTime(before.At, at) is { Ticks: > 0 } elapsed)
        {
            _cpuPercent = Math.Round((used - before.Used) / elapsed * 100 / Environment.ProcessorCount, 1);
        }

        _processor = (used, at);
    }
}
