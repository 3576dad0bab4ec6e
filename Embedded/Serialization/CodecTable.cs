using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using Cloud.Embedded.Runtime;
using Orleans;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Cloud.Embedded.Serialization;

/// <summary>The codecs of all types: built in, from <see cref="GenerateSerializerAttribute"/>, or through a registered converter. Any other type is refused.</summary>
internal sealed class CodecTable
{
    private static readonly ConcurrentDictionary<Type, string> Names = new();
    private static readonly ConcurrentDictionary<string, Type> Types = new();
    private static (int Assemblies, FrozenDictionary<Type, Type> Converters)? _known;
    private readonly ConcurrentDictionary<Type, Codec> _codecs = new();
    private readonly ConcurrentDictionary<Type, Codec> _exact = new();
    private readonly ConcurrentBag<CodecWriter> _writers = [];
    private readonly RuntimeClient? _runtime;
    private readonly bool _isolate;

    /// <param name="runtime">Where references that are decoded belong.</param>
    /// <param name="isolate">Whether a copy of an immutable value is made too, by encoding and decoding it.</param>
    public CodecTable(RuntimeClient? runtime, bool isolate = true)
    {
        _runtime = runtime;
        _isolate = isolate;
        AddBuiltIn();
    }

    /// <summary>What decoding the encoding of a value gives, or the value itself if nobody can change it.</summary>
    /// <exception cref="CodecNotFoundException">A type in it has no codec.</exception>
    public T Copy<T>(T value)
    {
        if (value is null || (!_isolate && ImmutableTypes.MayShare(value)))
        {
            return value;
        }

        Codec<T> codec = CodecFor<T>();
        if (codec.IsTrivial)
        {
            return value;
        }

        CodecWriter writer = Rent();
        codec.Write(writer, value);
        T copy = codec.Read(new CodecReader(writer.Written.ToArray()));
        Return(writer);
        return copy;
    }

    /// <summary>As <see cref="Copy{T}"/>, for a value that is declared as immutable where it stands.</summary>
    public T CopyImmutable<T>(T value) => _isolate ? Copy(value) : value;

    public byte[] Encode<T>(T value)
    {
        Codec<T> codec = CodecFor<T>();
        CodecWriter writer = Rent();
        codec.Write(writer, value);
        byte[] bytes = writer.Written.ToArray();
        Return(writer);
        return bytes;
    }

    public T Decode<T>(ReadOnlyMemory<byte> data) => CodecFor<T>().Read(new CodecReader(data));

    public bool CanEncode(Type type)
    {
        try
        {
            ExactCodecFor(type);
            return true;
        }
        catch (SerializerException)
        {
            return false;
        }
    }

    public Dictionary<string, object>? CopyContext(Dictionary<string, object>? context) => context is null || !_isolate ? context : Copy(context);

    public Exception CopyException(Exception exception) => _isolate ? Copy(exception) : exception;

    /// <summary>The codec of a static type.</summary>
    public Codec<T> CodecFor<T>()
    {
        if (_codecs.TryGetValue(typeof(T), out Codec? known))
        {
            return (Codec<T>)known;
        }

        Codec codec = typeof(T).IsValueType
            ? ExactCodecFor(typeof(T))
            : Make(typeof(PolymorphicCodec<>), typeof(T));
        return (Codec<T>)_codecs.GetOrAdd(typeof(T), codec);
    }

    /// <summary>The codec of values of exactly this type.</summary>
    public Codec ExactCodecFor(Type type) => _exact.TryGetValue(type, out Codec? codec) ? codec : _exact.GetOrAdd(type, Create(type));

    /// <summary>The type under which a value is encoded.</summary>
    public static Type EncodedTypeOf(object value) => value switch
    {
        GrainReference reference => reference.Shared.Interface ?? typeof(GrainReference),
        IAddressable => throw new ArgumentException(
            $"{value.GetType()} cannot be passed as an argument. Pass a reference: a grain with AsReference, an observer with CreateObjectReference."),
        Type => typeof(Type),
        IPAddress => typeof(IPAddress),
        _ => value.GetType(),
    };

    public static string NameOf(Type type) => Names.GetOrAdd(type, static type => type.AssemblyQualifiedName!);

    public static Type TypeOf(string name) =>
        Types.GetOrAdd(name, static name =>
        {
            Type? type;
            try
            {
                type = Type.GetType(name, throwOnError: false);
            }
            catch (Exception exception) when (exception is IOException or BadImageFormatException or ArgumentException or TypeLoadException)
            {
                throw new SerializerException($"Not the name of a type: '{name}'.", exception);
            }

            return type ?? throw new SerializerException($"Unknown type '{name}'.");
        });

    public static CodecNotFoundException NotFound(Type type, string? why = null) => new(
        $"Could not find a codec for type {type}{(why is null ? string.Empty : $" ({why})")}. Mark the type with [GenerateSerializer] and its members with [Id].");

    private static FrozenDictionary<Type, Type> FindConverters()
    {
        IReadOnlyList<Assembly> assemblies = GrainTypes.Assemblies;
        lock (Names)
        {
            if (_known is not { } known || known.Assemblies != assemblies.Count)
            {
                // Assemblies are loaded as they are needed, and never unloaded.
                _known = known = (assemblies.Count, FindConverters(assemblies));
            }

            return known.Converters;
        }
    }

    private static FrozenDictionary<Type, Type> FindConverters(IReadOnlyList<Assembly> assemblies)
    {
        Dictionary<Type, Type> converters = [];
        foreach (Assembly assembly in assemblies)
        {
            foreach (Type type in assembly.GetTypes())
            {
                if (!type.IsDefined(typeof(RegisterConverterAttribute)))
                {
                    continue;
                }

                foreach (Type contract in type.GetInterfaces())
                {
                    if (contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(IConverter<,>))
                    {
                        converters[contract.GetGenericArguments()[0]] = type;
                    }
                }
            }
        }

        return converters.ToFrozenDictionary();
    }

    private CodecWriter Rent()
    {
        if (!_writers.TryTake(out CodecWriter? writer))
        {
            writer = new CodecWriter();
        }

        return writer;
    }

    private void Return(CodecWriter writer)
    {
        writer.Reset();
        _writers.Add(writer);
    }

    private Codec Create(Type type)
    {
        if (typeof(IAddressable).IsAssignableFrom(type) && (type.IsInterface || type == typeof(GrainReference)))
        {
            return Make(typeof(ReferenceCodec<>), type);
        }

        if (type.IsEnum)
        {
            return Make(typeof(BlittableCodec<>), type, withTable: false);
        }

        if (FindConverters().TryGetValue(type, out Type? converter))
        {
            Type surrogate = converter.GetInterfaces().First(contract => contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(IConverter<,>)
                && contract.GetGenericArguments()[0] == type).GetGenericArguments()[1];
            object instance = _runtime is null
                ? Activator.CreateInstance(converter)!
                : Microsoft.Extensions.DependencyInjection.ActivatorUtilities.GetServiceOrCreateInstance(_runtime.Services, converter);
            return (Codec)New(typeof(ConverterCodec<,>).MakeGenericType(type, surrogate), this, instance);
        }

        if (type.IsArray && type.GetArrayRank() == 1)
        {
            return Make(typeof(ArrayCodec<>), type.GetElementType()!);
        }

        if (type.IsGenericType && CreateGeneric(type) is { } codec)
        {
            return codec;
        }

        if (type.IsDefined(typeof(GenerateSerializerAttribute), false) && !type.IsAbstract)
        {
            return Make(typeof(ObjectCodec<>), type);
        }

        if (typeof(Exception).IsAssignableFrom(type))
        {
            return Make(typeof(ExceptionCodec<>), type);
        }

        throw NotFound(type);
    }

    private Codec? CreateGeneric(Type type)
    {
        Type definition = type.GetGenericTypeDefinition();
        Type[] arguments = type.GetGenericArguments();
        Type? codec = definition == typeof(Nullable<>) ? typeof(NullableCodec<>)
            : definition == typeof(ImmutableArray<>) ? typeof(ImmutableArrayCodec<>)
            : definition == typeof(KeyValuePair<,>) ? typeof(KeyValuePairCodec<,>)
            : definition == typeof(ReadOnlyMemory<>) ? typeof(ReadOnlyMemoryCodec<>)
            : definition == typeof(Memory<>) ? typeof(MemoryCodec<>)
            : null;
        if (codec is not null)
        {
            return Make(codec, arguments);
        }

        if (typeof(ITuple).IsAssignableFrom(type) && type.Namespace == "System")
        {
            return Make(typeof(TupleCodec<>), type);
        }

        return definition == typeof(List<>) ? Collection(null)
            : definition == typeof(HashSet<>) ? Collection(typeof(CollectionFactories).GetMethod(nameof(CollectionFactories.HashSet))!)
            : definition == typeof(SortedSet<>) ? Collection(typeof(CollectionFactories).GetMethod(nameof(CollectionFactories.SortedSet))!)
            : definition == typeof(Queue<>) ? Collection(typeof(CollectionFactories).GetMethod(nameof(CollectionFactories.Queue))!)
            : definition == typeof(Stack<>) ? Collection(typeof(CollectionFactories).GetMethod(nameof(CollectionFactories.Stack))!)
            : definition == typeof(ImmutableList<>) ? Collection(typeof(CollectionFactories).GetMethod(nameof(CollectionFactories.ImmutableList))!)
            : definition == typeof(ImmutableHashSet<>) ? Collection(typeof(CollectionFactories).GetMethod(nameof(CollectionFactories.ImmutableHashSet))!)
            : definition == typeof(System.Collections.ObjectModel.ReadOnlyCollection<>) ? Collection(typeof(CollectionFactories).GetMethod(nameof(CollectionFactories.ReadOnlyCollection))!)
            : definition == typeof(Dictionary<,>) ? Map(typeof(CollectionFactories).GetMethod(nameof(CollectionFactories.Dictionary))!)
            : definition == typeof(SortedDictionary<,>) ? Map(typeof(CollectionFactories).GetMethod(nameof(CollectionFactories.SortedDictionary))!)
            : definition == typeof(ImmutableDictionary<,>) ? Map(typeof(CollectionFactories).GetMethod(nameof(CollectionFactories.ImmutableDictionary))!)
            : definition == typeof(ImmutableSortedDictionary<,>) ? Map(typeof(CollectionFactories).GetMethod(nameof(CollectionFactories.ImmutableSortedDictionary))!)
            : null;

        Codec Collection(MethodInfo? factory) =>
            (Codec)New(typeof(CollectionCodec<,>).MakeGenericType(type, arguments[0]), this, factory?.MakeGenericMethod(arguments));

        Codec Map(MethodInfo factory) =>
            (Codec)New(typeof(CollectionCodec<,>).MakeGenericType(type, typeof(KeyValuePair<,>).MakeGenericType(arguments)), this, factory.MakeGenericMethod(arguments));
    }

    /// <summary>Constructs without wrapping what the constructor throws.</summary>
    internal static object New(Type type, params object?[] arguments) => Activator.CreateInstance(
        type,
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.DoNotWrapExceptions,
        binder: null,
        arguments,
        culture: null)!;

    private Codec Make(Type codec, params Type[] arguments) => (Codec)New(codec.MakeGenericType(arguments), this);

    private Codec Make(Type codec, Type argument, bool withTable) =>
        withTable ? Make(codec, argument) : (Codec)Activator.CreateInstance(codec.MakeGenericType(argument))!;

    private void Add<T>(Codec<T> codec)
    {
        _exact[typeof(T)] = codec;
        if (typeof(T).IsValueType)
        {
            _codecs[typeof(T)] = codec;
        }
    }

    private void Add<T>(Action<CodecWriter, T> write, Func<CodecReader, T> read, bool isTrivial = false) =>
        Add(new DelegateCodec<T>(write, read, isTrivial));

    private void AddBlittable<T>()
        where T : unmanaged => Add(new BlittableCodec<T>());

    private void AddBuiltIn()
    {
        AddBlittable<bool>();
        AddBlittable<byte>();
        AddBlittable<sbyte>();
        AddBlittable<short>();
        AddBlittable<ushort>();
        AddBlittable<int>();
        AddBlittable<uint>();
        AddBlittable<long>();
        AddBlittable<ulong>();
        AddBlittable<Int128>();
        AddBlittable<UInt128>();
        AddBlittable<Half>();
        AddBlittable<float>();
        AddBlittable<double>();
        AddBlittable<decimal>();
        AddBlittable<char>();
        AddBlittable<Guid>();
        AddBlittable<TimeSpan>();
        AddBlittable<DateOnly>();
        AddBlittable<TimeOnly>();
        AddBlittable<Nothing>();
        Add<DateTime>(static (writer, value) => writer.WriteVarint((ulong)value.ToBinary()), static reader => DateTime.FromBinary((long)reader.ReadVarint()), isTrivial: true);
        Add<DateTimeOffset>(
            static (writer, value) =>
            {
                writer.WriteVarint((ulong)value.Ticks);
                writer.WriteVarint((ulong)value.Offset.Ticks);
            },
            static reader => new DateTimeOffset((long)reader.ReadVarint(), new TimeSpan((long)reader.ReadVarint())),
            isTrivial: true);
        Add<string>(static (writer, value) => writer.WriteText(value), static reader => reader.ReadText(), isTrivial: true);
        Add<object>(static (_, _) => { }, static _ => new object());
        Add<byte[]>(
            static (writer, value) =>
            {
                writer.WriteVarint((uint)value.Length);
                writer.WriteBytes(value);
            },
            static reader => reader.Take(reader.ReadCount()).ToArray());
        Add<BigInteger>(
            static (writer, value) =>
            {
                byte[] bytes = value.ToByteArray();
                writer.WriteVarint((uint)bytes.Length);
                writer.WriteBytes(bytes);
            },
            static reader => new BigInteger(reader.Take(reader.ReadCount())),
            isTrivial: true);
        Add<Uri>(static (writer, value) => writer.WriteText(value.OriginalString), static reader => new Uri(reader.ReadText(), UriKind.RelativeOrAbsolute));
        Add<Version>(static (writer, value) => writer.WriteText(value.ToString()), static reader => Version.Parse(reader.ReadText()));
        Add<IPAddress>(static (writer, value) => writer.WriteText(value.ToString()), static reader => IPAddress.Parse(reader.ReadText()));
        Add<IPEndPoint>(static (writer, value) => writer.WriteText(value.ToString()), static reader => IPEndPoint.Parse(reader.ReadText()));
        Add<Type>(static (writer, value) => writer.WriteText(NameOf(value)), static reader => TypeOf(reader.ReadText()));
        Add<IdSpan>(static (writer, value) => WriteSpan(writer, value), static reader => ReadSpan(reader), isTrivial: true);
        Add<GrainType>(static (writer, value) => WriteSpan(writer, value.Value), static reader => new GrainType(ReadSpan(reader)), isTrivial: true);
        Add<GrainInterfaceType>(static (writer, value) => WriteSpan(writer, value.Value), static reader => new GrainInterfaceType(ReadSpan(reader)), isTrivial: true);
        Add<GrainId>(
            static (writer, value) =>
            {
                WriteSpan(writer, value.Type.Value);
                WriteSpan(writer, value.Key);
            },
            static reader => new GrainId(new GrainType(ReadSpan(reader)), ReadSpan(reader)),
            isTrivial: true);
        Add<StreamId>(
            static (writer, value) =>
            {
                writer.WriteText(value.GetNamespace() ?? string.Empty);
                writer.WriteText(value.GetKeyAsString());
            },
            static reader => StreamId.Create(reader.ReadText() is { Length: > 0 } ns ? ns : null, reader.ReadText()),
            isTrivial: true);
        Add<SiloAddress>(static (writer, value) => writer.WriteText(value.ToParsableString()), static reader => SiloAddress.FromParsableString(reader.ReadText()));
        Add<CancellationToken>(static (_, _) => { }, static _ => default, isTrivial: true);

        static void WriteSpan(CodecWriter writer, IdSpan value)
        {
            writer.WriteVarint((uint)value.AsSpan().Length);
            writer.WriteBytes(value.AsSpan());
        }

        static IdSpan ReadSpan(CodecReader reader)
        {
            byte[] bytes = reader.Take(reader.ReadCount()).ToArray();
            return bytes.Length == 0 ? default : new IdSpan(bytes);
        }
    }

    /// <summary>A reference to a grain or observer; bound anew when decoded.</summary>
    private sealed class ReferenceCodec<T>(CodecTable table) : Codec<T>
        where T : class
    {
        public override void Write(CodecWriter writer, T value)
        {
            GrainId id = ((GrainReference)(object)value).GrainId;
            table.CodecFor<GrainId>().Write(writer, id);
        }

        public override T Read(CodecReader reader)
        {
            GrainId id = table.CodecFor<GrainId>().Read(reader);
            RuntimeClient runtime = table._runtime ?? throw new SerializerException("References to grains cannot be decoded outside a silo or client.");
            return (T)(object)runtime.References.Create(id, typeof(T) == typeof(GrainReference) ? null : typeof(T));
        }
    }
}
