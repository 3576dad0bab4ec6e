using System.Collections.Concurrent;
using System.Reflection;
using Orleans;
using Orleans.Serialization;

namespace Cloud.Embedded.Serialization;

/// <summary>Which members of a type are encoded, and under which number.</summary>
internal static class SerializedMembers
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly ConcurrentDictionary<Type, List<(uint Id, FieldInfo Field)>> Known = new();

    /// <summary>The fields of the members that the type itself declares, in the order of their numbers.</summary>
    /// <exception cref="SerializerException">Two members have the same number, or a property has no field of its own.</exception>
    public static IReadOnlyList<(uint Id, FieldInfo Field)> Of(Type type) => Known.GetOrAdd(type, Find);

    private static List<(uint Id, FieldInfo Field)> Find(Type type)
    {
        SortedDictionary<uint, FieldInfo> members = [];
        GenerateSerializerAttribute attribute = type.GetCustomAttribute<GenerateSerializerAttribute>(false)!;
        HashSet<FieldInfo> numbered = [];
        foreach (FieldInfo field in type.GetFields(Declared))
        {
            if (field.GetCustomAttribute<IdAttribute>() is { } id)
            {
                Add(id.Id, field);
            }
        }

        foreach (PropertyInfo property in type.GetProperties(Declared))
        {
            if (property.GetCustomAttribute<IdAttribute>() is { } id)
            {
                Add(id.Id, BackingField(type, property.Name) ?? throw new SerializerException($"{type}.{property.Name} has an [Id] but no field of its own."));
            }
        }

        if (IncludesConstructor(type))
        {
            uint position = 0;
            foreach (ParameterInfo parameter in PrimaryConstructor(type)?.GetParameters() ?? [])
            {
                FieldInfo? field = BackingField(type, parameter.Name!) ?? type.GetField($"<{parameter.Name}>P", Declared);
                if (field is not null && !numbered.Contains(field) && parameter.GetCustomAttribute<IdAttribute>() is { } id)
                {
                    Add(id.Id, field);
                }
                else if (field is not null && !numbered.Contains(field))
                {
                    while (members.ContainsKey(position))
                    {
                        position++;
                    }

                    Add(position, field);
                }

                position++;
            }
        }

        if (attribute.GenerateFieldIds == GenerateFieldIds.PublicProperties)
        {
            foreach (PropertyInfo property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly))
            {
                if (property is { CanRead: true, CanWrite: true } && BackingField(type, property.Name) is { } field && !numbered.Contains(field))
                {
                    uint next = 0;
                    while (members.ContainsKey(next))
                    {
                        next++;
                    }

                    Add(next, field);
                }
            }
        }

        List<(uint, FieldInfo)> result = [];
        foreach ((uint id, FieldInfo field) in members)
        {
            result.Add((id, field));
        }

        return result;

        void Add(uint id, FieldInfo field)
        {
            numbered.Add(field);
            if (!members.TryAdd(id, field))
            {
                throw new SerializerException($"{type}: the number {id} is used by {members[id].Name} and by {field.Name}.");
            }
        }
    }

    private static FieldInfo? BackingField(Type type, string name) => type.GetField($"<{name}>k__BackingField", Declared);

    private static bool IncludesConstructor(Type type)
    {
        foreach (CustomAttributeNamedArgument argument in type.GetCustomAttributesData().First(data => data.AttributeType == typeof(GenerateSerializerAttribute)).NamedArguments)
        {
            if (argument.MemberName == nameof(GenerateSerializerAttribute.IncludePrimaryConstructorParameters))
            {
                return (bool)argument.TypedValue.Value!;
            }
        }

        return IsRecord(type);
    }

    private static bool IsRecord(Type type) =>
        type.GetMethod("<Clone>$", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic) is not null
        || (type.IsValueType && type.GetMethod("PrintMembers", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly) is not null);

    /// <summary>Of a record the constructor whose parameters are all properties; the copy constructor is none.</summary>
    private static ConstructorInfo? PrimaryConstructor(Type type)
    {
        ConstructorInfo? best = null;
        foreach (ConstructorInfo constructor in type.GetConstructors(Declared))
        {
            ParameterInfo[] parameters = constructor.GetParameters();
            if (parameters.Length > 0
                && Array.TrueForAll(parameters, parameter => BackingField(type, parameter.Name!) is not null || type.GetField($"<{parameter.Name}>P", Declared) is not null
                    || (type.GetProperty(parameter.Name!, BindingFlags.Instance | BindingFlags.Public) is not null))
                && (best is null || parameters.Length > best.GetParameters().Length))
            {
                best = constructor;
            }
        }

        return best;
    }
}
