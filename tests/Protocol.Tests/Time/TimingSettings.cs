using System.Globalization;
using Cloud.Protocol.Time;

namespace Cloud.Protocol.Tests.Time;

internal static class TimingSettings
{
    internal static readonly DateTimeOffset Genesis = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    internal static TimeSpan Seconds(string text) =>
        TimeSpan.FromTicks((long)(decimal.Parse(text, CultureInfo.InvariantCulture) * TimeSpan.TicksPerSecond));

    internal static string Text(TimeSpan value) => (value.Ticks / (decimal)TimeSpan.TicksPerSecond).ToString("0.###", CultureInfo.InvariantCulture);

    internal static ConsensusTiming Timing(TimingProfile profile, int slot, int l1Slot, int chunk) => ConsensusTiming.WithDefaults(
        profile, Genesis, TimeSpan.FromSeconds(slot), TimeSpan.FromSeconds(l1Slot), TimeSpan.FromSeconds(chunk));

    internal static Timetable Table(TimingProfile profile, int slot, int l1Slot, int chunk, LocalBudgets? budgets = null) =>
        Timetable.Create(Timing(profile, slot, l1Slot, chunk), budgets ?? LocalBudgets.Network).OrThrow();

    internal static TimetableRefusal[] Refusals(ConsensusTiming timing, LocalBudgets? budgets = null) =>
        Timetable.Create(timing, budgets ?? LocalBudgets.Cluster) is TimetableResult<Timetable>.Refused refused ? [.. refused.Refusals] : [];
}
