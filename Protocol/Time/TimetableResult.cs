using System.Collections.Immutable;

namespace Cloud.Protocol.Time;

/// <summary>A timetable, or the reasons why its settings are impossible.</summary>
/// <typeparam name="T"><see cref="ConsensusTimetable"/> or <see cref="Timetable"/>.</typeparam>
public abstract record TimetableResult<T>
{
    private TimetableResult()
    {
    }

    /// <summary>The settings are possible.</summary>
    /// <param name="Timetable">What they give.</param>
    public sealed record Created(T Timetable) : TimetableResult<T>;

    /// <summary>The settings break rules.</summary>
    /// <param name="Refusals">Every broken rule that could be checked; at least one.</param>
    public sealed record Refused(ImmutableArray<TimetableRefusal> Refusals) : TimetableResult<T>;

    /// <summary>The timetable of settings that are known to be possible, such as a preset.</summary>
    /// <returns>The timetable.</returns>
    /// <exception cref="InvalidOperationException">The settings were refused; the message lists the reasons.</exception>
    public T OrThrow() => this switch
    {
        Created created => created.Timetable,
        Refused refused => throw new InvalidOperationException(string.Join(" ", refused.Refusals.Select(r => $"{r.Rule} ({r.Option}): {r.Message}"))),
        _ => throw new InvalidOperationException(),
    };
}
