using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using Cloud.Embedded.Serialization;
using Orleans;
using Orleans.Runtime;

namespace Cloud.Embedded.Runtime;

/// <summary>Emits, per grain interface, a reference class that implements it, and per method a request class with typed fields: a call uses no reflection.</summary>
internal static class ProxyEmitter
{
    private static readonly ConcurrentDictionary<Type, Func<GrainReferenceShared, GrainId, GrainReference>> Factories = new();
    private static readonly Lock Gate = new();
    private static readonly ModuleBuilder Module;
    private static readonly AssemblyBuilder Assembly;
    private static readonly HashSet<string> Opened = [];
    private static readonly ConstructorInfo OpenAttribute;
    private static int _names;

    static ProxyEmitter()
    {
        Assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Cloud.Embedded.Proxies"), AssemblyBuilderAccess.Run);
        Module = Assembly.DefineDynamicModule("Cloud.Embedded.Proxies");
        OpenAttribute = DefineOpenAttribute();
        Open(typeof(ProxyEmitter));
    }

    /// <summary>What makes references through an interface.</summary>
    /// <exception cref="NotSupportedException">The interface has a member that cannot be called remotely.</exception>
    public static Func<GrainReferenceShared, GrainId, GrainReference> FactoryFor(Type interfaceType)
    {
        if (Factories.TryGetValue(interfaceType, out Func<GrainReferenceShared, GrainId, GrainReference>? factory))
        {
            return factory;
        }

        lock (Gate)
        {
            return Factories.GetOrAdd(interfaceType, Emit);
        }
    }

    private static Func<GrainReferenceShared, GrainId, GrainReference> Emit(Type interfaceType)
    {
        Open(interfaceType);
        TypeBuilder proxy = Module.DefineType($"Proxy{++_names}_{interfaceType.Name}", TypeAttributes.Class | TypeAttributes.Sealed | TypeAttributes.NotPublic, typeof(GrainReference), [interfaceType]);
        Type[] constructorTypes = [typeof(GrainReferenceShared), typeof(GrainId)];
        ConstructorInfo baseConstructor = typeof(GrainReference).GetConstructor(BindingFlags.Instance | BindingFlags.NonPublic, constructorTypes)!;
        ConstructorBuilder constructor = proxy.DefineConstructor(MethodAttributes.Public, CallingConventions.Standard, constructorTypes);
        ILGenerator il = constructor.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldarg_2);
        il.Emit(OpCodes.Call, baseConstructor);
        il.Emit(OpCodes.Ret);
        foreach (Type declaring in new[] { interfaceType }.Concat(interfaceType.GetInterfaces()))
        {
            foreach (MethodInfo method in declaring.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
            {
                if (method.IsAbstract)
                {
                    EmitMethod(proxy, declaring, method);
                }
            }
        }

        Type type = proxy.CreateType();
        DynamicMethod create = new("Create", typeof(GrainReference), constructorTypes, typeof(ProxyEmitter).Module, skipVisibility: true);
        il = create.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Newobj, type.GetConstructor(constructorTypes)!);
        il.Emit(OpCodes.Ret);
        return create.CreateDelegate<Func<GrainReferenceShared, GrainId, GrainReference>>();
    }

    private static void EmitMethod(TypeBuilder proxy, Type declaring, MethodInfo method)
    {
        ParameterInfo[] parameters = method.GetParameters();
        if (Array.Exists(parameters, static parameter => parameter.ParameterType.IsByRef))
        {
            throw new NotSupportedException($"{declaring}.{method.Name}: a grain method has no by-reference parameters.");
        }

        if (method.IsGenericMethodDefinition)
        {
            EmitGenericMethod(proxy, declaring, method, parameters);
            return;
        }

        Type call = EmitCall(declaring, method, parameters);
        Type[] types = Array.ConvertAll(parameters, static parameter => parameter.ParameterType);
        MethodBuilder implementation = proxy.DefineMethod(
            $"{declaring.Name}.{method.Name}",
            MethodAttributes.Private | MethodAttributes.Virtual | MethodAttributes.Final | MethodAttributes.HideBySig | MethodAttributes.NewSlot,
            method.ReturnType,
            types);
        ILGenerator il = implementation.GetILGenerator();
        il.Emit(OpCodes.Newobj, call.GetConstructor(Type.EmptyTypes)!);
        for (int i = 0; i < parameters.Length; i++)
        {
            il.Emit(OpCodes.Dup);
            il.Emit(OpCodes.Ldarg, (short)(i + 1));
            il.Emit(OpCodes.Stfld, call.GetField($"Argument{i}")!);
        }

        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Callvirt, call.BaseType!.GetMethod("Send", [typeof(GrainReference)])!);
        il.Emit(OpCodes.Ret);
        proxy.DefineMethodOverride(implementation, method);
    }

    /// <summary>A generic method packs its arguments and is invoked by reflection.</summary>
    private static void EmitGenericMethod(TypeBuilder proxy, Type declaring, MethodInfo method, ParameterInfo[] parameters)
    {
        MethodBuilder implementation = proxy.DefineMethod(
            $"{declaring.Name}.{method.Name}",
            MethodAttributes.Private | MethodAttributes.Virtual | MethodAttributes.Final | MethodAttributes.HideBySig | MethodAttributes.NewSlot);
        Type[] definitions = method.GetGenericArguments();
        GenericTypeParameterBuilder[] generics = implementation.DefineGenericParameters(Array.ConvertAll(definitions, static definition => definition.Name));
        for (int i = 0; i < generics.Length; i++)
        {
            generics[i].SetGenericParameterAttributes(definitions[i].GenericParameterAttributes);
            Type[] constraints = Array.ConvertAll(definitions[i].GetGenericParameterConstraints(), Substitute);
            generics[i].SetBaseTypeConstraint(Array.Find(constraints, static constraint => !constraint.IsInterface));
            generics[i].SetInterfaceConstraints(Array.FindAll(constraints, static constraint => constraint.IsInterface));
        }

        Type returnType = Substitute(method.ReturnType);
        Type[] types = Array.ConvertAll(parameters, parameter => Substitute(parameter.ParameterType));
        implementation.SetReturnType(returnType);
        implementation.SetParameters(types);
        ILGenerator il = implementation.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldtoken, method.MakeGenericMethod(generics));
        il.Emit(OpCodes.Ldtoken, declaring);
        il.Emit(OpCodes.Call, typeof(MethodBase).GetMethod(nameof(MethodBase.GetMethodFromHandle), [typeof(RuntimeMethodHandle), typeof(RuntimeTypeHandle)])!);
        il.Emit(OpCodes.Ldc_I4, types.Length);
        il.Emit(OpCodes.Newarr, typeof(object));
        for (int i = 0; i < types.Length; i++)
        {
            il.Emit(OpCodes.Dup);
            il.Emit(OpCodes.Ldc_I4, i);
            il.Emit(OpCodes.Ldarg, (short)(i + 1));
            il.Emit(OpCodes.Box, types[i]);
            il.Emit(OpCodes.Stelem_Ref);
        }

        il.Emit(OpCodes.Call, GenericCalls.SenderOf(method.ReturnType, type => Substitute(type))
            ?? throw new NotSupportedException($"{declaring}.{method.Name}: a generic grain method returns Task or ValueTask, with or without a result."));
        il.Emit(OpCodes.Ret);
        proxy.DefineMethodOverride(implementation, method);

        Type Substitute(Type type)
        {
            if (type.IsGenericMethodParameter)
            {
                return generics[type.GenericParameterPosition];
            }

            if (type.IsArray)
            {
                return Substitute(type.GetElementType()!).MakeArrayType();
            }

            return type is { IsGenericType: true, ContainsGenericParameters: true }
                ? type.GetGenericTypeDefinition().MakeGenericType(Array.ConvertAll(type.GetGenericArguments(), Substitute))
                : type;
        }
    }

    private static Type EmitCall(Type declaring, MethodInfo method, ParameterInfo[] parameters)
    {
        Open(method.ReturnType);
        Type baseType = BaseOf(declaring, method);
        TypeBuilder call = Module.DefineType($"Call{++_names}_{declaring.Name}_{method.Name}", TypeAttributes.Class | TypeAttributes.Sealed | TypeAttributes.NotPublic, baseType);
        FieldBuilder descriptor = call.DefineField("Descriptor", typeof(MethodDescriptor), FieldAttributes.Public | FieldAttributes.Static);
        ConstructorBuilder constructor = call.DefineConstructor(MethodAttributes.Public, CallingConventions.Standard, Type.EmptyTypes);
        ILGenerator il = constructor.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Call, baseType.GetConstructor(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, Type.EmptyTypes)!);
        il.Emit(OpCodes.Ret);
        FieldBuilder[] fields = new FieldBuilder[parameters.Length];
        int token = -1;
        for (int i = 0; i < fields.Length; i++)
        {
            Open(parameters[i].ParameterType);
            fields[i] = call.DefineField($"Argument{i}", parameters[i].ParameterType, FieldAttributes.Public);
            if (parameters[i].ParameterType == typeof(CancellationToken))
            {
                token = token < 0 ? i : throw new NotSupportedException($"{declaring}.{method.Name}: a grain method takes at most one cancellation token.");
            }
        }

        Override(call, typeof(GrainCall).GetProperty(nameof(GrainCall.Method))!.GetMethod!, il =>
        {
            il.Emit(OpCodes.Ldsfld, descriptor);
            il.Emit(OpCodes.Ret);
        });
        Override(call, baseType.GetMethod("InvokeMethod", BindingFlags.Instance | BindingFlags.NonPublic)!, il =>
        {
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Castclass, declaring);
            foreach (FieldBuilder field in fields)
            {
                il.Emit(OpCodes.Ldarg_0);
                il.Emit(OpCodes.Ldfld, field);
            }

            il.Emit(OpCodes.Callvirt, method);
            il.Emit(OpCodes.Ret);
        });
        if (fields.Length > 0)
        {
            EmitArguments(call, fields, parameters);
        }

        if (token >= 0)
        {
            Override(call, typeof(GrainCall).GetMethod(nameof(GrainCall.GetCancellationToken))!, il =>
            {
                il.Emit(OpCodes.Ldarg_0);
                il.Emit(OpCodes.Ldfld, fields[token]);
                il.Emit(OpCodes.Ret);
            });
            Override(call, typeof(GrainCall).GetMethod("SetToken", BindingFlags.Instance | BindingFlags.NonPublic)!, il =>
            {
                il.Emit(OpCodes.Ldarg_0);
                il.Emit(OpCodes.Ldarg_1);
                il.Emit(OpCodes.Stfld, fields[token]);
                il.Emit(OpCodes.Ret);
            });
        }

        Type type = call.CreateType();
        type.GetField("Descriptor")!.SetValue(null, new MethodDescriptor(declaring, method));
        return type;
    }

    private static void EmitArguments(TypeBuilder call, FieldBuilder[] fields, ParameterInfo[] parameters)
    {
        Override(call, typeof(GrainCall).GetMethod(nameof(GrainCall.GetArgumentCount))!, il =>
        {
            il.Emit(OpCodes.Ldc_I4, fields.Length);
            il.Emit(OpCodes.Ret);
        });
        Override(call, typeof(GrainCall).GetMethod(nameof(GrainCall.GetArgument))!, il => EmitSwitch(il, fields, (il, field) =>
        {
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldfld, field);
            if (field.FieldType.IsValueType)
            {
                il.Emit(OpCodes.Box, field.FieldType);
            }
        }));
        Override(call, typeof(GrainCall).GetMethod(nameof(GrainCall.SetArgument))!, il => EmitSwitch(il, fields, (il, field) =>
        {
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldarg_2);
            il.Emit(OpCodes.Unbox_Any, field.FieldType);
            il.Emit(OpCodes.Stfld, field);
        }));
        MethodInfo copy = typeof(CodecTable).GetMethod(nameof(CodecTable.Copy))!;
        MethodInfo copyImmutable = typeof(CodecTable).GetMethod(nameof(CodecTable.CopyImmutable))!;
        Override(call, typeof(GrainCall).GetMethod(nameof(GrainCall.CopyArguments))!, il =>
        {
            for (int i = 0; i < fields.Length; i++)
            {
                FieldBuilder field = fields[i];
                if (field.FieldType == typeof(CancellationToken))
                {
                    continue;
                }

                MethodInfo definition = parameters[i].IsDefined(typeof(ImmutableAttribute)) ? copyImmutable : copy;
                il.Emit(OpCodes.Ldarg_0);
                il.Emit(OpCodes.Ldarg_1);
                il.Emit(OpCodes.Ldarg_0);
                il.Emit(OpCodes.Ldfld, field);
                il.Emit(OpCodes.Callvirt, definition.MakeGenericMethod(field.FieldType));
                il.Emit(OpCodes.Stfld, field);
            }

            il.Emit(OpCodes.Ret);
        });
    }

    private static void EmitSwitch(ILGenerator il, FieldBuilder[] fields, Action<ILGenerator, FieldBuilder> emitCase)
    {
        Label[] labels = Array.ConvertAll(fields, _ => il.DefineLabel());
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Switch, labels);
        il.Emit(OpCodes.Newobj, typeof(ArgumentOutOfRangeException).GetConstructor(Type.EmptyTypes)!);
        il.Emit(OpCodes.Throw);
        for (int i = 0; i < fields.Length; i++)
        {
            il.MarkLabel(labels[i]);
            emitCase(il, fields[i]);
            il.Emit(OpCodes.Ret);
        }
    }

    private static void Override(TypeBuilder type, MethodInfo method, Action<ILGenerator> body)
    {
        MethodAttributes access = method.Attributes & MethodAttributes.MemberAccessMask;
        MethodBuilder implementation = type.DefineMethod(
            method.Name,
            access | MethodAttributes.Virtual | MethodAttributes.HideBySig,
            method.ReturnType,
            Array.ConvertAll(method.GetParameters(), static parameter => parameter.ParameterType));
        body(implementation.GetILGenerator());
        type.DefineMethodOverride(implementation, method);
    }

    private static Type BaseOf(Type declaring, MethodInfo method)
    {
        Type type = method.ReturnType;
        if (type == typeof(Task))
        {
            return typeof(TaskCall);
        }

        if (type == typeof(ValueTask))
        {
            return typeof(ValueTaskCall);
        }

        if (type == typeof(void))
        {
            return typeof(VoidCall);
        }

        if (type.IsGenericType)
        {
            Type definition = type.GetGenericTypeDefinition();
            Type? open = definition == typeof(Task<>) ? typeof(TaskCall<>)
                : definition == typeof(ValueTask<>) ? typeof(ValueTaskCall<>)
                : definition == typeof(IAsyncEnumerable<>) ? typeof(AsyncEnumerableCall<>)
                : null;
            if (open is not null)
            {
                return open.MakeGenericType(type.GetGenericArguments());
            }
        }

        throw new NotSupportedException($"{declaring}.{method.Name} returns {type}; a grain method returns Task, ValueTask, IAsyncEnumerable or, of an observer, nothing.");
    }

    /// <summary>Lets emitted code use the non-public types of the assembly of a type.</summary>
    private static void Open(Type type)
    {
        if (type.HasElementType)
        {
            Open(type.GetElementType()!);
        }

        foreach (Type argument in type.IsGenericType ? type.GetGenericArguments() : [])
        {
            Open(argument);
        }

        string name = type.Assembly.GetName().Name!;
        if (Opened.Add(name))
        {
            Assembly.SetCustomAttribute(new CustomAttributeBuilder(OpenAttribute, [name]));
        }
    }

    private static ConstructorInfo DefineOpenAttribute()
    {
        TypeBuilder attribute = Module.DefineType("System.Runtime.CompilerServices.IgnoresAccessChecksToAttribute", TypeAttributes.Public | TypeAttributes.Class, typeof(Attribute));
        ConstructorBuilder constructor = attribute.DefineConstructor(MethodAttributes.Public, CallingConventions.Standard, [typeof(string)]);
        ILGenerator il = constructor.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Call, typeof(Attribute).GetConstructor(BindingFlags.Instance | BindingFlags.NonPublic, Type.EmptyTypes)!);
        il.Emit(OpCodes.Ret);
        return attribute.CreateType().GetConstructor([typeof(string)])!;
    }
}
