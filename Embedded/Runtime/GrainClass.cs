using System.Reflection;
using Cloud.Embedded.Storage;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Cloud.Embedded.Runtime;

/// <summary>What is known of a grain class: its name, its attributes, and how to make an instance.</summary>
internal sealed class GrainClass
{
    private readonly Lazy<Func<Activation, object>> _construct;

    public GrainClass(Type type)
    {
        Type = type;
        GrainType = type.GetCustomAttribute<GrainTypeAttribute>()?.GrainType ?? GrainType.Create(NameByConvention(type));
        IsReentrant = type.IsDefined(typeof(ReentrantAttribute));
        if (type.GetCustomAttribute<MayInterleaveAttribute>() is { } mayInterleave)
        {
            MayInterleave = PredicateOf(type, mayInterleave.CallbackMethodName);
        }

        if (type.GetCustomAttribute<StatelessWorkerAttribute>() is { } worker)
        {
            MaxLocalWorkers = worker.MaxLocalWorkers;
        }

        Placement = type.GetCustomAttribute<PlacementAttribute>()?.PlacementStrategy;
        AgeLimit = type.IsDefined(typeof(KeepAliveAttribute)) ? Timeout.InfiniteTimeSpan : type.GetCustomAttribute<CollectionAgeLimitAttribute>()?.AgeLimit;
        _construct = new Lazy<Func<Activation, object>>(CompileConstructor);
    }

    public Type Type { get; }

    public GrainType GrainType { get; }

    public bool IsReentrant { get; }

    public Func<object, IInvokable, bool>? MayInterleave { get; }

    /// <summary>Activations per silo; 0 for a grain that is no stateless worker.</summary>
    public int MaxLocalWorkers { get; }

    public PlacementStrategy? Placement { get; }

    public TimeSpan? AgeLimit { get; }

    public object Construct(Activation activation) => _construct.Value(activation);

    private static string NameByConvention(Type type)
    {
        string name = type.Name.ToLowerInvariant();
        return name.Length > 5 && name.EndsWith("grain", StringComparison.Ordinal) ? name[..^5] : name;
    }

    private static Func<object, IInvokable, bool> PredicateOf(Type type, string methodName)
    {
        const BindingFlags Any = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.FlattenHierarchy;
        MethodInfo method = type.GetMethod(methodName, Any)
            ?? throw new InvalidOperationException($"Class {type} doesn't declare public static method with name {methodName} specified in MayInterleave attribute.");
        if (method.ReturnType != typeof(bool) || method.GetParameters() is not [{ } parameter] || parameter.ParameterType != typeof(IInvokable))
        {
            throw new InvalidOperationException($"Wrong signature of callback method {methodName} specified in MayInterleave attribute for grain class {type}. Expected: bool {methodName}(IInvokable request)");
        }

        if (method.IsStatic)
        {
            Func<IInvokable, bool> predicate = method.CreateDelegate<Func<IInvokable, bool>>();
            return (_, request) => predicate(request);
        }

        return (instance, request) => (bool)method.Invoke(instance, [request])!;
    }

    private Func<Activation, object> CompileConstructor()
    {
        List<Type> facetTypes = [];
        List<Func<Activation, object>> facets = [];
        ConstructorInfo[] constructors = Type.GetConstructors();
        if (constructors.Length == 0)
        {
            constructors = Type.GetConstructors(BindingFlags.Instance | BindingFlags.NonPublic);
        }

        foreach (ParameterInfo parameter in constructors.Length == 0 ? [] : constructors[0].GetParameters())
        {
            if (parameter.GetCustomAttribute<PersistentStateAttribute>() is { } state)
            {
                facetTypes.Add(parameter.ParameterType);
                facets.Add(PersistentStateFactory.FacetFor(parameter, state));
            }
        }

        ObjectFactory factory = ActivatorUtilities.CreateFactory(Type, [.. facetTypes]);
        return activation =>
        {
            object[] arguments = facets.Count == 0 ? [] : new object[facets.Count];
            for (int i = 0; i < arguments.Length; i++)
            {
                arguments[i] = facets[i](activation);
            }

            return factory(activation.ActivationServices, arguments);
        };
    }
}
