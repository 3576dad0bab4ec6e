using System.Reflection;
using System.Text;
using Orleans;
using Orleans.CodeGeneration;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Cloud.Embedded.Runtime;

/// <summary>What is known of a grain method without an instance.</summary>
internal sealed class MethodDescriptor
{
    public MethodDescriptor(Type interfaceType, MethodInfo method)
    {
        InterfaceType = interfaceType;
        InterfaceId = GrainTypes.InterfaceTypeOf(interfaceType);
        Method = method;
        NameHash = (uint)StableHash.Of(Encoding.UTF8.GetBytes(method.Name));
        ParameterInfo[] parameters = method.GetParameters();
        for (int i = 0; i < parameters.Length; i++)
        {
            if (parameters[i].ParameterType == typeof(CancellationToken))
            {
                TokenIndex = i;
            }
        }

        InvokeMethodOptions options = InvokeMethodOptions.None;
        if (method.IsDefined(typeof(OneWayAttribute)) || method.ReturnType == typeof(void))
        {
            options |= InvokeMethodOptions.OneWay;
        }

        if (method.IsDefined(typeof(ReadOnlyAttribute)))
        {
            options |= InvokeMethodOptions.ReadOnly;
        }

        if (method.IsDefined(typeof(AlwaysInterleaveAttribute)))
        {
            options |= InvokeMethodOptions.AlwaysInterleave;
        }

        Options = options;
        Timeout = method.GetCustomAttribute<ResponseTimeoutAttribute>()?.Timeout;
    }

    public Type InterfaceType { get; }

    public GrainInterfaceType InterfaceId { get; }

    public MethodInfo Method { get; }

    public string Name => Method.Name;

    /// <summary>A hash of the name, the same in every process.</summary>
    public uint NameHash { get; }

    public InvokeMethodOptions Options { get; }

    public TimeSpan? Timeout { get; }

    /// <summary>Index of the cancellation token among the parameters, or -1.</summary>
    public int TokenIndex { get; } = -1;
}
