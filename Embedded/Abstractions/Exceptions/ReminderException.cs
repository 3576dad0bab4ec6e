namespace Orleans.Runtime;

/// <summary>A failure of the reminder service.</summary>
/// <param name="message">The message.</param>
public sealed class ReminderException(string message) : OrleansException(message);
