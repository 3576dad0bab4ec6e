using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Orleans;
using Orleans.Serialization;

namespace Cloud.Embedded.Serialization;

/// <summary>A type with <see cref="GenerateSerializerAttribute"/>: its members by number, level by level of the class hierarchy.</summary>
internal sealed class ObjectCodec<T> : Codec<T>
{
    private const int NumbersPerLevel = 1 << 20;
    private static readonly Func<T>? Constructor = CompileConstructor();
    private readonly CodecTable _table;
    private readonly Member[] _members;
    private readonly Dictionary<ulong, Member> _byNumber = [];

    public ObjectCodec(CodecTable table)
    {
        _table = table;
        List<Member> members = [];
        int level = 0;
        for (Type? type = typeof(T); type is not null && type != typeof(object) && type != typeof(ValueType); type = type.BaseType, level++)
        {
            if (!type.IsDefined(typeof(GenerateSerializerAttribute), false))
            {
                if (typeof(Exception).IsAssignableFrom(type))
                {
                    break;
                }

                throw CodecTable.NotFound(type, $"it is a base of {typeof(T)}");
            }

            foreach ((uint id, FieldInfo field) in SerializedMembers.Of(type))
            {
                ulong number = ((ulong)(uint)level * NumbersPerLevel) + id;
                Member member = (Member)CodecTable.New(typeof(Member<>).MakeGenericType(typeof(T), field.FieldType), number, field, table);
                members.Add(member);
                _byNumber.Add(number, member);
            }
        }

        _members = [.. members];
    }

    public override void Write(CodecWriter writer, T value)
    {
        if (value is Exception exception)
        {
            ExceptionState.Write(_table, writer, exception);
        }

        foreach (Member member in _members)
        {
            writer.WriteVarint(member.Number + 1);
            int start = writer.BeginLength();
            member.Write(writer, ref value);
            writer.EndLength(start);
        }

        writer.WriteByte(0);
    }

    public override T Read(CodecReader reader)
    {
        T value = Constructor is null ? (T)RuntimeHelpers.GetUninitializedObject(typeof(T)) : Constructor();
        if (value is Exception exception)
        {
            ExceptionState.Read(_table, reader, exception);
        }

        while (reader.ReadVarint() is var number and not 0)
        {
            int length = reader.ReadInt32();
            int end = reader.Position + length;
            if (length < 0 || length > reader.Remaining)
            {
                throw new SerializerException($"A member of {typeof(T)} is longer than the encoding.");
            }

            if (_byNumber.TryGetValue(number - 1, out Member? member))
            {
                member.Read(reader, ref value);
            }

            // A member that is no longer there is passed over.
            reader.Position = end;
        }

        return value;
    }

    private static Func<T>? CompileConstructor()
    {
        if (typeof(T).IsValueType)
        {
            return static () => default!;
        }

        ConstructorInfo? constructor = typeof(T).GetConstructor(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, Type.EmptyTypes);
        if (constructor is null)
        {
            return null;
        }

        DynamicMethod method = new("Construct", typeof(T), Type.EmptyTypes, typeof(CodecTable).Module, skipVisibility: true);
        ILGenerator il = method.GetILGenerator();
        il.Emit(OpCodes.Newobj, constructor);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<Func<T>>();
    }

    private abstract class Member(ulong number)
    {
        public ulong Number { get; } = number;

        public abstract void Write(CodecWriter writer, ref T owner);

        public abstract void Read(CodecReader reader, ref T owner);
    }

    private sealed class Member<TField> : Member
    {
        // Compiled once for all tables: a simulation makes two for every silo that starts.
        private static readonly ConcurrentDictionary<FieldInfo, (Getter Get, Setter Set)> Accessors = new();

        private readonly CodecTable _table;
        private readonly Getter _get;
        private readonly Setter _set;
        private Codec<TField>? _codec;

        public Member(ulong number, FieldInfo field, CodecTable table)
            : base(number)
        {
            _table = table;
            (_get, _set) = Accessors.GetOrAdd(field, Compile);
        }

        private delegate TField Getter(ref T owner);

        private delegate void Setter(ref T owner, TField value);

        private Codec<TField> FieldCodec => _codec ??= _table.CodecFor<TField>();

        public override void Write(CodecWriter writer, ref T owner) => FieldCodec.Write(writer, _get(ref owner));

        public override void Read(CodecReader reader, ref T owner) => _set(ref owner, FieldCodec.Read(reader));

        private static (Getter Get, Setter Set) Compile(FieldInfo field)
        {
            DynamicMethod get = new("Get", typeof(TField), [typeof(T).MakeByRefType()], typeof(CodecTable).Module, skipVisibility: true);
            ILGenerator il = get.GetILGenerator();
            EmitOwner(il);
            il.Emit(OpCodes.Ldfld, field);
            il.Emit(OpCodes.Ret);
            DynamicMethod set = new("Set", null, [typeof(T).MakeByRefType(), typeof(TField)], typeof(CodecTable).Module, skipVisibility: true);
            il = set.GetILGenerator();
            EmitOwner(il);
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Stfld, field);
            il.Emit(OpCodes.Ret);
            return (get.CreateDelegate<Getter>(), set.CreateDelegate<Setter>());
        }

        private static void EmitOwner(ILGenerator il)
        {
            il.Emit(OpCodes.Ldarg_0);
            if (!typeof(T).IsValueType)
            {
                il.Emit(OpCodes.Ldind_Ref);
            }
        }
    }
}
