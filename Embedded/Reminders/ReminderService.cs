using Cloud.Embedded.Runtime;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Timers;

namespace Cloud.Embedded.Reminders;

/// <summary>The reminders of a silo: the oldest active silo raises the ticks of all of them.</summary>
internal sealed partial class ReminderService(Silo silo, IOptions<ReminderOptions> options) : IReminderRegistry, ILifecycleParticipant<ISiloLifecycle>
{
    private readonly Dictionary<(GrainId Grain, string Name), Armed> _armed = [];
    private bool _stopped;

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe<ReminderService>(
        ServiceLifecycleStage.Active,
        _ =>
        {
            silo.Cluster.Reminders.Changed += QueueRefresh;
            silo.Cluster.MembershipChanged += QueueRefresh;
            QueueRefresh();
            return Task.CompletedTask;
        },
        _ =>
        {
            silo.Cluster.Reminders.Changed -= QueueRefresh;
            silo.Cluster.MembershipChanged -= QueueRefresh;
            silo.System.Post(new Action(Stop));
            return Task.CompletedTask;
        });

    public Task<IGrainReminder> RegisterOrUpdateReminder(GrainId callingGrainId, string reminderName, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime == Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentOutOfRangeException(nameof(dueTime), "Cannot use InfiniteTimeSpan dueTime to create a reminder");
        }

        if (dueTime < TimeSpan.Zero)
        {
            throw new ArgumentOutOfRangeException(nameof(dueTime), "Cannot use negative dueTime to create a reminder");
        }

        if (period == Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentOutOfRangeException(nameof(period), "Cannot use InfiniteTimeSpan period to create a reminder");
        }

        if (period < TimeSpan.Zero)
        {
            throw new ArgumentOutOfRangeException(nameof(period), "Cannot use negative period to create a reminder");
        }

        TimeSpan minimum = options.Value.MinimumReminderPeriod;
        if (period < minimum)
        {
            throw new ArgumentException($"Cannot register reminder {reminderName} as requested period ({period}) is less than minimum allowed reminder period ({minimum})");
        }

        ArgumentException.ThrowIfNullOrEmpty(reminderName);
        Reminder reminder = new(callingGrainId, reminderName, silo.Time.GetUtcNow().UtcDateTime + dueTime, period, silo.Cluster.Runner.NewGuid());
        silo.Cluster.Reminders.Put(reminder);
        return Task.FromResult<IGrainReminder>(reminder);
    }

    public Task UnregisterReminder(GrainId callingGrainId, IGrainReminder reminder)
    {
        ArgumentNullException.ThrowIfNull(reminder);
        return silo.Cluster.Reminders.Remove((Reminder)reminder)
            ? Task.CompletedTask
            : throw new ReminderException($"Could not unregister reminder {reminder.ReminderName} of {callingGrainId} from the reminder table, due to tag mismatch. You can retry.");
    }

    public Task<IGrainReminder?> GetReminder(GrainId callingGrainId, string reminderName) =>
        Task.FromResult<IGrainReminder?>(silo.Cluster.Reminders.Find(callingGrainId, reminderName));

    public Task<List<IGrainReminder>> GetReminders(GrainId callingGrainId)
    {
        List<IGrainReminder> reminders = [];
        foreach (Reminder reminder in silo.Cluster.Reminders.All())
        {
            if (reminder.Grain == callingGrainId)
            {
                reminders.Add(reminder);
            }
        }

        return Task.FromResult(reminders);
    }

    private void QueueRefresh() => silo.System.Post(new Action(Refresh));

    private void Refresh()
    {
        if (_stopped)
        {
            return;
        }

        bool mine = silo.Cluster.ActiveSilos is [{ } first, ..] && first == silo;
        Dictionary<(GrainId, string), Reminder> wanted = [];
        foreach (Reminder reminder in mine ? silo.Cluster.Reminders.All() : [])
        {
            wanted.Add((reminder.Grain, reminder.ReminderName), reminder);
        }

        foreach (((GrainId, string) key, Armed armed) in _armed.ToArray())
        {
            if (!wanted.TryGetValue(key, out Reminder? reminder) || reminder.Etag != armed.Reminder.Etag)
            {
                armed.Timer.Dispose();
                _armed.Remove(key);
            }
        }

        foreach (((GrainId, string) key, Reminder reminder) in wanted)
        {
            if (!_armed.ContainsKey(key))
            {
                ITimer timer = silo.Time.CreateDetachedTimer(
                    state => silo.System.Post(new Action(() => Tick((Reminder)state!))),
                    reminder,
                    UntilNextTick(reminder),
                    Timeout.InfiniteTimeSpan);
                _armed.Add(key, new Armed(reminder, timer));
            }
        }
    }

    private void Stop()
    {
        _stopped = true;
        foreach (Armed armed in _armed.Values)
        {
            armed.Timer.Dispose();
        }

        _armed.Clear();
    }

    private TimeSpan UntilNextTick(Reminder reminder)
    {
        DateTime now = silo.Time.GetUtcNow().UtcDateTime;
        if (now <= reminder.FirstTick)
        {
            return reminder.FirstTick - now;
        }

        long passed = (now - reminder.FirstTick).Ticks % Math.Max(1, reminder.Period.Ticks);
        return new TimeSpan(reminder.Period.Ticks - passed);
    }

    private void Tick(Reminder reminder)
    {
        if (!_armed.TryGetValue((reminder.Grain, reminder.ReminderName), out Armed? armed) || armed.Reminder.Etag != reminder.Etag)
        {
            return;
        }

        armed.Timer.Change(UntilNextTick(reminder), Timeout.InfiniteTimeSpan);
        if (!armed.Running)
        {
            armed.Running = true;
            _ = DeliverAsync(armed);
        }
    }

    private async Task DeliverAsync(Armed armed)
    {
        Reminder reminder = armed.Reminder;
        try
        {
            IRemindable grain = (IRemindable)(object)silo.References.Create(reminder.Grain, typeof(IRemindable));
            await grain.ReceiveReminder(reminder.ReminderName, new TickStatus(reminder.FirstTick, reminder.Period, silo.Time.GetUtcNow().UtcDateTime));
        }
        catch (Exception exception)
        {
            LogErrorDelivery(silo.Logger, exception, reminder.ReminderName, reminder.Grain);
        }
        finally
        {
            armed.Running = false;
        }
    }

    [LoggerMessage(90, LogLevel.Error, "Could not deliver reminder {Name} to {Grain}, will retry at the next tick")]
    private static partial void LogErrorDelivery(ILogger logger, Exception exception, string name, GrainId grain);

    private sealed class Armed(Reminder reminder, ITimer timer)
    {
        public Reminder Reminder { get; } = reminder;

        public ITimer Timer { get; } = timer;

        public bool Running { get; set; }
    }
}
