using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;
using Orleans;
using Orleans.Metadata;
using Orleans.Runtime;

namespace Cloud.Embedded.Runtime;

/// <summary>The grain classes and interfaces of this process: those of the assemblies that use this one.</summary>
internal static class GrainTypes
{
    private static readonly Lock Gate = new();
    private static readonly ConcurrentDictionary<Type, GrainInterfaceType> InterfaceNames = new();
    private static readonly HashSet<Assembly> Seen = [];
    private static readonly List<Assembly> SeenInOrder = [];
    private static volatile Catalog _catalog = new(FrozenDictionary<GrainType, GrainClass>.Empty, []);
    private static int _loadedAssemblies;

    /// <summary>The classes in the order of their names.</summary>
    public static IReadOnlyList<GrainClass> Classes
    {
        get
        {
            Scan();
            return _catalog.InOrder;
        }
    }

    /// <summary>The assemblies that were looked at.</summary>
    public static IReadOnlyList<Assembly> Assemblies
    {
        get
        {
            Scan();
            lock (Gate)
            {
                return [.. SeenInOrder];
            }
        }
    }

    public static GrainInterfaceType InterfaceTypeOf(Type type) => InterfaceNames.GetOrAdd(type, static type =>
        type.GetCustomAttribute<GrainInterfaceTypeAttribute>()?.InterfaceType ?? GrainInterfaceType.Create(type.FullName ?? type.Name));

    public static GrainClass? Find(GrainType type)
    {
        if (_catalog.ByType.TryGetValue(type, out GrainClass? found))
        {
            return found;
        }

        Scan();
        return _catalog.ByType.GetValueOrDefault(type);
    }

    /// <summary>The interface of a name, among those that classes implement.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static Type FindInterface(GrainInterfaceType name)
    {
        foreach (GrainClass grainClass in Classes)
        {
            foreach (Type contract in grainClass.Type.GetInterfaces())
            {
                if (typeof(IAddressable).IsAssignableFrom(contract) && InterfaceTypeOf(contract) == name)
                {
                    return contract;
                }
            }
        }

        throw new ArgumentException($"Could not find an implementation for interface {name}");
    }

    /// <summary>The class that implements an interface.</summary>
    /// <param name="interfaceType">A grain interface.</param>
    /// <param name="prefix">Start of the full class name, or null.</param>
    /// <returns>The class.</returns>
    /// <exception cref="ArgumentException">None implements it, or several do and nothing says which.</exception>
    public static GrainClass Resolve(Type interfaceType, string? prefix)
    {
        Scan();
        GrainClass? only = null;
        GrainClass? byName = null;
        int count = 0;
        string? defaultType = interfaceType.GetCustomAttribute<DefaultGrainTypeAttribute>()?.GrainType;
        foreach (GrainClass candidate in _catalog.InOrder)
        {
            if (!interfaceType.IsAssignableFrom(candidate.Type))
            {
                continue;
            }

            string name = candidate.Type.FullName!;
            if (!string.IsNullOrWhiteSpace(prefix))
            {
                if (name == prefix)
                {
                    return candidate;
                }

                if (!name.StartsWith(prefix, StringComparison.Ordinal))
                {
                    continue;
                }
            }
            else if (candidate.GrainType.ToString() == defaultType)
            {
                return candidate;
            }
            else if (candidate.Type.Name == interfaceType.Name[1..])
            {
                byName ??= candidate;
            }

            only = candidate;
            count++;
        }

        return count switch
        {
            0 when prefix is null => throw new ArgumentException($"Could not find an implementation for interface {interfaceType}"),
            0 => throw new ArgumentException($"Could not find an implementation matching prefix \"{prefix}\" for interface {interfaceType}"),
            1 => only!,
            _ => byName ?? throw new ArgumentException($"Unable to identify a single appropriate grain type for interface {interfaceType}."),
        };
    }

    private static void Scan()
    {
        Assembly[] loaded = AppDomain.CurrentDomain.GetAssemblies();
        if (Volatile.Read(ref _loadedAssemblies) == loaded.Length)
        {
            return;
        }

        lock (Gate)
        {
            Dictionary<GrainType, GrainClass> classes = new(_catalog.ByType);
            string self = typeof(GrainTypes).Assembly.GetName().Name!;
            Queue<Assembly> queue = new(loaded);
            while (queue.TryDequeue(out Assembly? assembly))
            {
                if (assembly.IsDynamic || !Seen.Add(assembly))
                {
                    continue;
                }

                bool uses = assembly == typeof(GrainTypes).Assembly;
                foreach (AssemblyName reference in assembly.GetReferencedAssemblies())
                {
                    uses |= reference.Name == self;
                    if (IsFramework(reference.Name!))
                    {
                        continue;
                    }

                    try
                    {
                        queue.Enqueue(Assembly.Load(reference));
                    }
                    catch (Exception exception) when (exception is IOException or BadImageFormatException)
                    {
                        // A reference that is not deployed cannot hold grains.
                    }
                }

                if (uses)
                {
                    SeenInOrder.Add(assembly);
                    AddClasses(assembly, classes);
                }
            }

            List<GrainClass> inOrder = [.. classes.Values];
            inOrder.Sort(static (left, right) => left.GrainType.CompareTo(right.GrainType));
            SeenInOrder.Sort(static (left, right) => string.CompareOrdinal(left.FullName, right.FullName));
            _catalog = new Catalog(classes.ToFrozenDictionary(), inOrder);
            Volatile.Write(ref _loadedAssemblies, AppDomain.CurrentDomain.GetAssemblies().Length);
        }
    }

    private static void AddClasses(Assembly assembly, Dictionary<GrainType, GrainClass> classes)
    {
        Type[] types;
        try
        {
            types = assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException exception)
        {
            types = [.. exception.Types.OfType<Type>()];
        }

        foreach (Type type in types)
        {
            if (type is { IsClass: true, IsAbstract: false, ContainsGenericParameters: false }
                && typeof(IGrain).IsAssignableFrom(type)
                && !typeof(GrainReference).IsAssignableFrom(type))
            {
                GrainClass grainClass = new(type);
                if (!classes.TryAdd(grainClass.GrainType, grainClass) && classes[grainClass.GrainType].Type != type)
                {
                    throw new OrleansConfigurationException(
                        $"The grain classes {classes[grainClass.GrainType].Type} and {type} have the same grain type '{grainClass.GrainType}'. Give one of them a [GrainType].");
                }
            }
        }
    }

    private static bool IsFramework(string name) =>
        name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.", StringComparison.Ordinal) || name is "System" or "netstandard" or "mscorlib";

    private sealed record Catalog(FrozenDictionary<GrainType, GrainClass> ByType, IReadOnlyList<GrainClass> InOrder);
}
