using System.Collections.Immutable;
using System.Text.Json;
using Cloud.Storage;

namespace Cloud.Gateway.Keys;

/// <summary>What each API key was used for, counted as it happens, against the key's quota. Kept in a file that is written now and then: a crash forgets the last seconds, never who has a quota. Safe for several threads.</summary>
internal sealed class UsageBook
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, KeyUsage> _byKey = new(StringComparer.Ordinal);
    private readonly string? _file;
    private readonly TimeProvider _time;
    private bool _isChanged;

    /// <summary>Opens the book.</summary>
    /// <param name="file">The file; null to keep figures in memory only.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="InvalidDataException">The file is not what this class writes.</exception>
    /// <exception cref="StorageException">The file cannot be read.</exception>
    public UsageBook(string? file, TimeProvider time)
    {
        _file = file;
        _time = time;
        if (file is null || !File.Exists(file))
        {
            return;
        }

        try
        {
            foreach (KeyUsage usage in JsonSerializer.Deserialize(DurableFile.Read(file), KeysJson.Default.KeyUsageArray) ?? [])
            {
                _byKey[usage.Id] = usage;
            }
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{file} holds no usage of API keys: {exception.Message}", exception);
        }
    }

    /// <summary>Usage of all keys that were used, in the order of their names.</summary>
    public ImmutableArray<KeyUsage> All
    {
        get
        {
            DateTimeOffset now = _time.GetUtcNow();
            lock (_gate)
            {
                return [.. _byKey.Values.Select(usage => usage.At(now)).OrderBy(usage => usage.Id, StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>Counts a request where the key's quota has room for it.</summary>
    /// <param name="key">The key's name.</param>
    /// <param name="quota">Its quota; null for none.</param>
    /// <param name="cost">In units.</param>
    /// <returns>Which quota is used up; null where the request counts.</returns>
    public QuotaRefusal? TryUse(string key, KeyQuota? quota, double cost)
    {
        DateTimeOffset now = _time.GetUtcNow();
        lock (_gate)
        {
            KeyUsage usage = Find(key, now);
            QuotaRefusal? refusal = quota is null ? null
                : usage.Today.Units + cost > quota.PerDay ? new QuotaRefusal(QuotaPeriod.Day, quota.PerDay.Value, ResetOf(QuotaPeriod.Day, now))
                : usage.Month.Units + cost > quota.PerMonth ? new QuotaRefusal(QuotaPeriod.Month, quota.PerMonth.Value, ResetOf(QuotaPeriod.Month, now))
                : null;
            _byKey[key] = refusal is null ? usage.Served(cost, now) : usage.Turned(now);
            _isChanged = true;
            return refusal;
        }
    }

    /// <summary>Counts a request that was refused for another reason.</summary>
    /// <param name="key">The key's name.</param>
    public void Refuse(string key)
    {
        DateTimeOffset now = _time.GetUtcNow();
        lock (_gate)
        {
            _byKey[key] = Find(key, now).Turned(now);
            _isChanged = true;
        }
    }

    /// <summary>Forgets a key.</summary>
    /// <param name="key">The key's name.</param>
    public void Remove(string key)
    {
        lock (_gate)
        {
            _isChanged |= _byKey.Remove(key);
        }
    }

    /// <summary>When a quota counts anew.</summary>
    /// <param name="period">What it counts over.</param>
    /// <param name="now">The time.</param>
    public static DateTimeOffset ResetOf(QuotaPeriod period, DateTimeOffset now)
    {
        DateTime day = now.UtcDateTime.Date;
        return new DateTimeOffset(period == QuotaPeriod.Day ? day.AddDays(1) : new DateTime(day.Year, day.Month, 1, 0, 0, 0, DateTimeKind.Utc).AddMonths(1), TimeSpan.Zero);
    }

    /// <summary>Writes the file, where there is one and something has changed.</summary>
    /// <exception cref="StorageException">It cannot be written; the next call tries again.</exception>
    public void Save()
    {
        if (_file is null)
        {
            return;
        }

        byte[] content;
        lock (_gate)
        {
            if (!_isChanged)
            {
                return;
            }

            content = JsonSerializer.SerializeToUtf8Bytes([.. _byKey.Values.OrderBy(usage => usage.Id, StringComparer.Ordinal)], KeysJson.Default.KeyUsageArray);
            _isChanged = false;
        }

        try
        {
            DurableFile.Write(_file, content, isPrivate: true);
        }
        catch (StorageException)
        {
            lock (_gate)
            {
                _isChanged = true;
            }

            throw;
        }
    }

    private KeyUsage Find(string key, DateTimeOffset now) =>
        _byKey.TryGetValue(key, out KeyUsage? known) ? known.At(now) : new KeyUsage(key, UsageCounts.None, UsageCounts.None, UsageCounts.None, now);
}
