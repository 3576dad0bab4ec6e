using System.Globalization;
using System.Text.Json;
using Cloud.Execution.Evm;

namespace Cloud.Gateway.Tracing;

/// <summary>Counts the functions that are called, by their selector and the length of what follows it.</summary>
/// <param name="budget">What may be recorded.</param>
internal sealed class SelectorTracer(TraceBudget budget) : TraceRecorder
{
    private const int SelectorLength = 4;
    private const int EntryBytes = 32;

    private readonly Dictionary<string, int> _counts = [];

    /// <inheritdoc/>
    public override void OnEnter(in CallInfo call)
    {
        budget.Look();
        if (call.Kind is CallKind.Create or CallKind.Create2 || call.Input.Length < SelectorLength)
        {
            return;
        }

        string key = string.Create(CultureInfo.InvariantCulture, $"0x{Convert.ToHexStringLower(call.Input[..SelectorLength])}-{call.Input.Length - SelectorLength}");
        if (!_counts.TryGetValue(key, out int count))
        {
            budget.Take(EntryBytes);
        }

        _counts[key] = count + 1;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TraceSubject subject)
    {
        writer.WriteStartObject();
        foreach ((string key, int count) in _counts)
        {
            writer.WriteNumber(key, count);
        }

        writer.WriteEndObject();
    }
}
