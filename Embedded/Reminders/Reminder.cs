using Orleans;
using Orleans.Runtime;

namespace Cloud.Embedded.Reminders;

/// <summary>A reminder.</summary>
/// <param name="Grain">Whose.</param>
/// <param name="ReminderName">Its name.</param>
/// <param name="FirstTick">When it is first due, UTC.</param>
/// <param name="Period">Time between ticks.</param>
/// <param name="Etag">Its version.</param>
[GenerateSerializer]
internal sealed record Reminder(GrainId Grain, string ReminderName, DateTime FirstTick, TimeSpan Period, Guid Etag) : IGrainReminder;
