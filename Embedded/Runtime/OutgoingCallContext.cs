using System.Reflection;
using System.Runtime.ExceptionServices;
using Orleans;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Cloud.Embedded.Runtime;

internal sealed class OutgoingCallContext(GrainCall call, IOutgoingGrainCallFilter[] filters, Func<ValueTask<Response>> send) : IOutgoingGrainCallContext
{
    private int _stage;

    public IInvokable Request => call;

    public object Grain => call.Target!;

    public GrainId? SourceId => SourceContext?.GrainId;

    public IGrainContext? SourceContext => call.Sender as IGrainContext;

    public GrainId TargetId => call.Target!.GrainId;

    public GrainInterfaceType InterfaceType => call.Method.InterfaceId;

    public string InterfaceName => call.Method.InterfaceType.Name;

    public string MethodName => call.Method.Name;

    public MethodInfo InterfaceMethod => call.Method.Method;

    public Response? Response { get; set; }

    public object? Result
    {
        get => Response?.Result;
        set => Response = value is null ? Response.Completed : Response.FromResult(value);
    }

    public async Task Invoke()
    {
        int stage = _stage++;
        try
        {
            if (stage < filters.Length)
            {
                await filters[stage].Invoke(this);
                return;
            }

            call.Context = RequestContext.Values;
            Response = await send();
            if (Response.Exception is { } exception)
            {
                ExceptionDispatchInfo.Throw(exception);
            }
        }
        finally
        {
            _stage = stage;
        }
    }
}
