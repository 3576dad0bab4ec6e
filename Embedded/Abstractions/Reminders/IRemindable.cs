using Orleans.Runtime;

namespace Orleans;

/// <summary>A grain that has reminders.</summary>
public interface IRemindable : IGrain
{
    /// <summary>A reminder is due.</summary>
    /// <param name="reminderName">Its name.</param>
    /// <param name="status">When it was due.</param>
    /// <returns>The work.</returns>
    Task ReceiveReminder(string reminderName, TickStatus status);
}
