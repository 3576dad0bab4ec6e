using System.Text.Json;
using Cloud.Gateway.Eth;
using Cloud.Gateway.JsonRpc;

namespace Cloud.Gateway.Tracing;

/// <summary>How a trace is wanted (the options of debug_traceTransaction and its relatives, as go-ethereum has them).</summary>
internal sealed record TraceRequest
{
    /// <summary>Which tracer; <see cref="TracerKind.Steps"/> where none is named.</summary>
    public TracerKind Kind { get; private init; }

    /// <summary>callTracer: without the calls inside.</summary>
    public bool OnlyTopCall { get; private init; }

    /// <summary>callTracer: with logs.</summary>
    public bool WithLog { get; private init; }

    /// <summary>prestateTracer: what changed, rather than what was touched.</summary>
    public bool IsDiff { get; private init; }

    /// <summary>prestateTracer: without code.</summary>
    public bool DisableCode { get; private init; }

    /// <summary>Without storage.</summary>
    public bool DisableStorage { get; private init; }

    /// <summary>Steps without the stack.</summary>
    public bool DisableStack { get; private init; }

    /// <summary>Steps with the memory.</summary>
    public bool EnableMemory { get; private init; }

    /// <summary>Steps with what the last call returned.</summary>
    public bool EnableReturnData { get; private init; }

    /// <summary>Most steps; 0 for as many as the gateway allows.</summary>
    public ulong Limit { get; private init; }

    /// <summary>Reads the options.</summary>
    /// <param name="element">The object; undefined or null for the defaults.</param>
    /// <param name="request">The options.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? TryRead(JsonElement element, out TraceRequest request)
    {
        request = new TraceRequest();
        if (element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            return null;
        }

        CallRequest.Reader reader = new(element);
        if (reader.Fault is not null)
        {
            return reader.Fault;
        }

        TracerKind kind = TracerKind.Steps;
        if (reader.Has("tracer"u8))
        {
            string? name = RpcValues.Text(element.GetProperty("tracer"u8));
            if (KindOf(name) is not { } named)
            {
                return $"tracer {(name is { Length: <= 64 } ? $"\"{name}\" " : "")}not found: callTracer, prestateTracer, 4byteTracer, noopTracer are there";
            }

            kind = named;
        }

        JsonElement settings = reader.Has("tracerConfig"u8) ? element.GetProperty("tracerConfig"u8) : default;
        CallRequest.Reader inner = settings.ValueKind == JsonValueKind.Undefined ? reader : new CallRequest.Reader(settings);
        ulong limit = 0;
        if (reader.Has("limit"u8) && !(element.GetProperty("limit"u8) is { ValueKind: JsonValueKind.Number } number && number.TryGetUInt64(out limit)))
        {
            return "limit: a number is expected";
        }

        request = new TraceRequest
        {
            Kind = kind,
            OnlyTopCall = inner.Boolean("onlyTopCall"u8),
            WithLog = inner.Boolean("withLog"u8),
            IsDiff = inner.Boolean("diffMode"u8),
            DisableCode = inner.Boolean("disableCode"u8),
            DisableStorage = inner.Boolean("disableStorage"u8) || reader.Boolean("disableStorage"u8),
            DisableStack = reader.Boolean("disableStack"u8),
            EnableMemory = reader.Boolean("enableMemory"u8),
            EnableReturnData = reader.Boolean("enableReturnData"u8),
            Limit = limit,
        };
        return inner.Fault ?? reader.Fault;
    }

    private static TracerKind? KindOf(string? name) => name switch
    {
        "" => TracerKind.Steps,
        "callTracer" => TracerKind.Calls,
        "prestateTracer" => TracerKind.Prestate,
        "4byteTracer" => TracerKind.Selectors,
        "noopTracer" => TracerKind.Nothing,
        _ => null,
    };
}
