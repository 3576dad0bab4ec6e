using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Cloud.Runtime.Tests.Surface;

/// <summary>
/// Reads the public types of an assembly file from its metadata alone. The file is never loaded, and the assemblies that it refers to need not
/// exist: types are compared by name.
/// </summary>
internal sealed class SurfaceReader
{
    private readonly MetadataReader _reader;
    private readonly TypeNames _names = new();

    private SurfaceReader(MetadataReader reader) => _reader = reader;

    /// <summary>Reads one assembly.</summary>
    /// <param name="path">The assembly file.</param>
    /// <returns>Public types by name.</returns>
    public static IReadOnlyDictionary<string, PublicType> Read(string path)
    {
        using PEReader file = new(File.OpenRead(path));
        SurfaceReader surface = new(file.GetMetadataReader());
        return surface._reader.TypeDefinitions
            .Where(surface.IsVisible)
            .Select(surface.ReadType)
            .ToDictionary(type => type.Name, StringComparer.Ordinal);
    }

    private bool IsVisible(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _reader.GetTypeDefinition(handle);
        return (type.Attributes & TypeAttributes.VisibilityMask) switch
        {
            TypeAttributes.Public => true,
            TypeAttributes.NestedPublic or TypeAttributes.NestedFamily or TypeAttributes.NestedFamORAssem => IsVisible(type.GetDeclaringType()),
            _ => false,
        };
    }

    private PublicType ReadType(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _reader.GetTypeDefinition(handle);
        string? baseName = type.BaseType.IsNil ? null : Name(type.BaseType);
        string kind = (type.Attributes & TypeAttributes.Interface) != 0 ? "interface" : baseName switch
        {
            "System.Enum" => "enum",
            "System.ValueType" => "struct",
            "System.MulticastDelegate" => "delegate",
            _ => "class",
        };
        HashSet<string> traits = new(StringComparer.Ordinal);
        AddIf(traits, kind == "class" && (type.Attributes & TypeAttributes.Abstract) != 0, "abstract");
        AddIf(traits, kind == "class" && (type.Attributes & TypeAttributes.Sealed) != 0, "sealed");
        AddIf(traits, Has(type.GetCustomAttributes(), "System.Runtime.CompilerServices.IsByRefLikeAttribute"), "ref");

        Dictionary<string, PublicMember> members = new(StringComparer.Ordinal);
        foreach (MethodDefinitionHandle method in type.GetMethods())
        {
            Add(members, ReadMethod(_reader.GetMethodDefinition(method), kind));
        }

        foreach (FieldDefinitionHandle field in type.GetFields())
        {
            Add(members, ReadField(_reader.GetFieldDefinition(field)));
        }

        return new PublicType(
            Name(handle),
            kind,
            traits,
            baseName,
            type.GetInterfaceImplementations().Select(item => Name(_reader.GetInterfaceImplementation(item).Interface)).ToHashSet(StringComparer.Ordinal),
            [.. type.GetGenericParameters().Select(Constraints)],
            Usage(type),
            Has(type.GetCustomAttributes(), "System.ObsoleteAttribute"),
            members);
    }

    private static void Add(Dictionary<string, PublicMember> members, PublicMember? member)
    {
        if (member is not null)
        {
            members.Add(member.Signature, member);
        }
    }

    private static void AddIf(HashSet<string> traits, bool condition, string trait)
    {
        if (condition)
        {
            traits.Add(trait);
        }
    }

    private PublicMember? ReadMethod(MethodDefinition method, string kind)
    {
        bool isPublic = (method.Attributes & MethodAttributes.MemberAccessMask) == MethodAttributes.Public;
        bool isProtected = (method.Attributes & MethodAttributes.MemberAccessMask) is MethodAttributes.Family or MethodAttributes.FamORAssem;
        string name = _reader.GetString(method.Name);
        if ((!isPublic && !isProtected) || name == ".cctor" || (kind == "delegate" && name is "BeginInvoke" or "EndInvoke" or ".ctor"))
        {
            return null;
        }

        MethodSignature<string> signature = method.DecodeSignature(_names, null);
        List<string> modifiers = [];
        List<string> parameters = [];
        foreach (Parameter parameter in method.GetParameters().Select(_reader.GetParameter).Where(parameter => parameter.SequenceNumber > 0))
        {
            string direction = (parameter.Attributes & ParameterAttributes.Out) != 0 ? "out " : "";
            modifiers.Add(direction);
            string value = (parameter.Attributes & ParameterAttributes.Optional) == 0 ? "" : $" = {Constant(parameter.GetDefaultValue())}";
            parameters.Add($"{_reader.GetString(parameter.Name)}{value}");
        }

        IEnumerable<string> types = signature.ParameterTypes.Select((type, i) => (i < modifiers.Count ? modifiers[i] : "") + type);
        string generics = signature.GenericParameterCount == 0 ? "" : $"<{string.Join(", ", method.GetGenericParameters().Select(Constraints))}>";
        HashSet<string> traits = new(StringComparer.Ordinal);
        AddIf(traits, isPublic, "public");
        AddIf(traits, (method.Attributes & MethodAttributes.Static) != 0, "static");
        bool isVirtual = (method.Attributes & (MethodAttributes.Virtual | MethodAttributes.Final)) == MethodAttributes.Virtual;
        AddIf(traits, isVirtual && kind == "class", "virtual");
        AddIf(traits, isVirtual && (method.Attributes & MethodAttributes.NewSlot) == 0, "override");
        return new PublicMember(
            $"{name}{generics}({string.Join(", ", types)}) : {signature.ReturnType}",
            traits,
            parameters,
            (method.Attributes & MethodAttributes.Abstract) != 0,
            Has(method.GetCustomAttributes(), "System.ObsoleteAttribute"),
            null);
    }

    private PublicMember? ReadField(FieldDefinition field)
    {
        bool isPublic = (field.Attributes & FieldAttributes.FieldAccessMask) == FieldAttributes.Public;
        bool isProtected = (field.Attributes & FieldAttributes.FieldAccessMask) is FieldAttributes.Family or FieldAttributes.FamORAssem;
        if ((!isPublic && !isProtected) || (field.Attributes & FieldAttributes.RTSpecialName) != 0)
        {
            return null;
        }

        HashSet<string> traits = new(StringComparer.Ordinal);
        AddIf(traits, isPublic, "public");
        AddIf(traits, (field.Attributes & FieldAttributes.Static) != 0, "static");
        AddIf(traits, (field.Attributes & FieldAttributes.InitOnly) == 0, "writable");
        bool isConstant = (field.Attributes & FieldAttributes.Literal) != 0;
        return new PublicMember(
            $"{(isConstant ? "const " : "")}{_reader.GetString(field.Name)} : {field.DecodeSignature(_names, null)}",
            traits,
            [],
            false,
            Has(field.GetCustomAttributes(), "System.ObsoleteAttribute"),
            isConstant ? Constant(field.GetDefaultValue()) : null);
    }

    private string Constraints(GenericParameterHandle handle)
    {
        GenericParameter parameter = _reader.GetGenericParameter(handle);
        IEnumerable<string> constraints = parameter.GetConstraints()
            .Select(item => Name(_reader.GetGenericParameterConstraint(item).Type))
            .Order(StringComparer.Ordinal);
        return $"{parameter.Attributes}: {string.Join(" & ", constraints)}";
    }

    private string Constant(ConstantHandle handle)
    {
        if (handle.IsNil)
        {
            return "default";
        }

        Constant constant = _reader.GetConstant(handle);
        object? value = _reader.GetBlobReader(constant.Value).ReadConstant(constant.TypeCode);
        return value is null ? "default" : Convert.ToString(value, CultureInfo.InvariantCulture)!;
    }

    private string? Usage(TypeDefinition type)
    {
        foreach (CustomAttribute attribute in type.GetCustomAttributes().Select(_reader.GetCustomAttribute))
        {
            if (AttributeName(attribute) == "System.AttributeUsageAttribute")
            {
                CustomAttributeValue<string> value = attribute.DecodeValue(_names);
                bool Named(string name, bool otherwise) => value.NamedArguments.Where(item => item.Name == name).Select(item => (bool)item.Value!).FirstOrDefault(otherwise);
                return $"{(AttributeTargets)(int)value.FixedArguments[0].Value!}, AllowMultiple = {Named("AllowMultiple", false)}, Inherited = {Named("Inherited", true)}";
            }
        }

        return null;
    }

    private bool Has(CustomAttributeHandleCollection attributes, string name) =>
        attributes.Any(handle => AttributeName(_reader.GetCustomAttribute(handle)) == name);

    private string AttributeName(CustomAttribute attribute) => attribute.Constructor.Kind switch
    {
        HandleKind.MemberReference => Name(_reader.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent),
        _ => Name(_reader.GetMethodDefinition((MethodDefinitionHandle)attribute.Constructor).GetDeclaringType()),
    };

    private string Name(EntityHandle handle) => handle.Kind switch
    {
        HandleKind.TypeReference => _names.GetTypeFromReference(_reader, (TypeReferenceHandle)handle, 0),
        HandleKind.TypeDefinition => _names.GetTypeFromDefinition(_reader, (TypeDefinitionHandle)handle, 0),
        _ => _reader.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(_names, null),
    };

    /// <summary>Turns every type in a signature into its name.</summary>
    private sealed class TypeNames : ISignatureTypeProvider<string, object?>, ICustomAttributeTypeProvider<string>
    {
        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => $"System.{typeCode}";

        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
        {
            TypeDefinition type = reader.GetTypeDefinition(handle);
            string name = reader.GetString(type.Name);
            return type.GetDeclaringType() is { IsNil: false } outer
                ? $"{GetTypeFromDefinition(reader, outer, 0)}+{name}"
                : Qualified(reader.GetString(type.Namespace), name);
        }

        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
        {
            TypeReference type = reader.GetTypeReference(handle);
            string name = reader.GetString(type.Name);
            return type.ResolutionScope.Kind == HandleKind.TypeReference
                ? $"{GetTypeFromReference(reader, (TypeReferenceHandle)type.ResolutionScope, 0)}+{name}"
                : Qualified(reader.GetString(type.Namespace), name);
        }

        public string GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, genericContext);

        public string GetSZArrayType(string elementType) => $"{elementType}[]";

        public string GetArrayType(string elementType, ArrayShape shape) => $"{elementType}[{new string(',', shape.Rank - 1)}]";

        public string GetByReferenceType(string elementType) => $"ref {elementType}";

        public string GetPointerType(string elementType) => $"{elementType}*";

        public string GetPinnedType(string elementType) => elementType;

        public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) => $"{genericType}<{string.Join(", ", typeArguments)}>";

        public string GetGenericTypeParameter(object? genericContext, int index) => $"!{index}";

        public string GetGenericMethodParameter(object? genericContext, int index) => $"!!{index}";

        public string GetFunctionPointerType(MethodSignature<string> signature) => $"({string.Join(", ", signature.ParameterTypes)}) -> {signature.ReturnType}";

        // An init accessor and an in parameter are modifiers too, so they count.
        public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) => isRequired ? $"{unmodifiedType} {modifier}" : unmodifiedType;

        public string GetSystemType() => "System.Type";

        public bool IsSystemType(string type) => type == "System.Type";

        public string GetTypeFromSerializedName(string name) => name;

        public PrimitiveTypeCode GetUnderlyingEnumType(string type) => PrimitiveTypeCode.Int32;

        private static string Qualified(string space, string name) => space.Length == 0 ? name : $"{space}.{name}";
    }
}
