using Orleans.Runtime;

namespace Orleans.Timers;

/// <summary>The reminders of grains. They wake a grain that is not active; ticks can be missed or come twice.</summary>
public interface IReminderRegistry
{
    /// <summary>Makes a reminder, or changes the one of that name.</summary>
    /// <param name="callingGrainId">The grain.</param>
    /// <param name="reminderName">The name.</param>
    /// <param name="dueTime">Time to the first tick, not negative.</param>
    /// <param name="period">Time between ticks, at least <see cref="Hosting.ReminderOptions.MinimumReminderPeriod"/>.</param>
    /// <returns>The reminder.</returns>
    /// <exception cref="ArgumentException">A time or the name breaks its rule.</exception>
    Task<IGrainReminder> RegisterOrUpdateReminder(GrainId callingGrainId, string reminderName, TimeSpan dueTime, TimeSpan period);

    /// <summary>Ends a reminder.</summary>
    /// <param name="callingGrainId">The grain.</param>
    /// <param name="reminder">The reminder.</param>
    /// <returns>The work.</returns>
    /// <exception cref="ReminderException">It was changed or ended meanwhile.</exception>
    Task UnregisterReminder(GrainId callingGrainId, IGrainReminder reminder);

    /// <summary>A reminder.</summary>
    /// <param name="callingGrainId">The grain.</param>
    /// <param name="reminderName">The name.</param>
    /// <returns>The reminder, or null.</returns>
    Task<IGrainReminder?> GetReminder(GrainId callingGrainId, string reminderName);

    /// <summary>The reminders of a grain.</summary>
    /// <param name="callingGrainId">The grain.</param>
    /// <returns>The reminders.</returns>
    Task<List<IGrainReminder>> GetReminders(GrainId callingGrainId);
}
