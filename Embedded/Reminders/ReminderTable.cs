using Orleans.Runtime;

namespace Cloud.Embedded.Reminders;

/// <summary>The reminders of a cluster, in the order in which they were made.</summary>
internal sealed class ReminderTable
{
    private readonly Lock _gate = new();
    private readonly OrderedDictionary<(GrainId Grain, string Name), Reminder> _reminders = [];

    /// <summary>Raised after each change.</summary>
    public event Action? Changed;

    public void Put(Reminder reminder)
    {
        lock (_gate)
        {
            _reminders[(reminder.Grain, reminder.ReminderName)] = reminder;
        }

        Changed?.Invoke();
    }

    /// <summary>Removes a reminder unless it was changed meanwhile.</summary>
    public bool Remove(Reminder reminder)
    {
        lock (_gate)
        {
            if (!_reminders.TryGetValue((reminder.Grain, reminder.ReminderName), out Reminder? current) || current.Etag != reminder.Etag)
            {
                return false;
            }

            _reminders.Remove((reminder.Grain, reminder.ReminderName));
        }

        Changed?.Invoke();
        return true;
    }

    public Reminder? Find(GrainId grain, string name)
    {
        lock (_gate)
        {
            return _reminders.TryGetValue((grain, name), out Reminder? reminder) ? reminder : null;
        }
    }

    public List<Reminder> All()
    {
        lock (_gate)
        {
            return [.. _reminders.Values];
        }
    }
}
