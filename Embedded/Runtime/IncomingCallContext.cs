using System.Reflection;
using System.Runtime.ExceptionServices;
using Orleans;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Cloud.Embedded.Runtime;

internal sealed class IncomingCallContext(GrainCall call, ICallHost host, object target, IncomingCallFilters? filters) : IIncomingGrainCallContext
{
    private int _stage;
    private MethodInfo? _implementation;

    public IInvokable Request => call;

    public object Grain => target;

    public GrainId? SourceId => (call.Sender as Activation)?.GrainId;

    public GrainId TargetId => call.Target?.GrainId ?? ((Activation)host).GrainId;

    public GrainInterfaceType InterfaceType => call.Method.InterfaceId;

    public string InterfaceName => call.Method.InterfaceType.Name;

    public string MethodName => call.Method.Name;

    public MethodInfo InterfaceMethod => call.Method.Method;

    public MethodInfo ImplementationMethod => _implementation ??= FindImplementation();

    public IGrainContext TargetContext => host as IGrainContext ?? throw new InvalidOperationException("An observer has no activation.");

    public Response? Response { get; set; }

    public object? Result
    {
        get => Response?.Result;
        set => Response = value is null ? Response.Completed : Response.FromResult(value);
    }

    public async Task Invoke()
    {
        int stage = _stage++;
        int count = filters?.Filters.Length ?? 0;
        try
        {
            if (stage < count)
            {
                await filters!.Filters[stage].Invoke(this);
                return;
            }

            if (stage == count && target is IIncomingGrainCallFilter grainFilter)
            {
                await grainFilter.Invoke(this);
                return;
            }

            Response = await call.Invoke();
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

    private MethodInfo FindImplementation()
    {
        Type declaring = call.Method.Method.DeclaringType!;
        if (!declaring.IsInstanceOfType(target))
        {
            return call.Method.Method;
        }

        InterfaceMapping map = target.GetType().GetInterfaceMap(declaring);
        int index = Array.IndexOf(map.InterfaceMethods, call.Method.Method);
        return index < 0 ? call.Method.Method : map.TargetMethods[index];
    }
}
