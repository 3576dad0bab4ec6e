using System.Text.Json;
using Cloud.Execution.Evm;

namespace Cloud.Gateway.Tracing;

/// <summary>A tracer that can tell what it heard.</summary>
internal abstract class TraceRecorder : Tracer
{
    /// <summary>Makes the tracer that a caller wants.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="budget">What it may record.</param>
    /// <returns>A tracer for one transaction or call.</returns>
    public static TraceRecorder Create(TraceRequest request, TraceBudget budget) => request.Kind switch
    {
        TracerKind.Calls => new CallTracer(request, budget),
        TracerKind.Prestate => new PrestateTracer(request, budget),
        TracerKind.Selectors => new SelectorTracer(budget),
        TracerKind.Nothing => new EmptyTracer(budget),
        _ => new StepTracer(request, budget),
    };

    /// <summary>Writes the trace, as one JSON value.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="subject">What was traced.</param>
    public abstract void Write(Utf8JsonWriter writer, TraceSubject subject);

    private sealed class EmptyTracer(TraceBudget budget) : TraceRecorder
    {
        public override void OnEnter(in CallInfo call) => budget.Look();

        public override void Write(Utf8JsonWriter writer, TraceSubject subject)
        {
            writer.WriteStartObject();
            writer.WriteEndObject();
        }
    }
}
