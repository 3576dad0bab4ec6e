using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.ExceptionServices;
using Cloud.Embedded.Serialization;
using Orleans.Runtime;

namespace Cloud.Embedded.Runtime;

/// <summary>Calls of generic methods: their arguments are boxed and the method is invoked by reflection.</summary>
internal static class GenericCalls
{
    private static readonly ConcurrentDictionary<MethodBase, MethodDescriptor> Descriptors = new();

    /// <summary>The method below that sends a call with this return type; null if there is none.</summary>
    public static MethodInfo? SenderOf(Type returnType, Func<Type, Type> substitute)
    {
        if (returnType == typeof(Task) || returnType == typeof(ValueTask))
        {
            return typeof(GenericCalls).GetMethod(returnType == typeof(Task) ? nameof(SendTask) : nameof(SendValueTask));
        }

        Type? definition = returnType.IsGenericType ? returnType.GetGenericTypeDefinition() : null;
        string? name = definition == typeof(Task<>) ? nameof(SendTaskOf) : definition == typeof(ValueTask<>) ? nameof(SendValueTaskOf) : null;
        return name is null ? null : typeof(GenericCalls).GetMethod(name)!.MakeGenericMethod(substitute(returnType.GetGenericArguments()[0]));
    }

    public static Task SendTask(GrainReference target, MethodBase method, object?[] arguments) => SendTaskOf<Nothing>(target, method, arguments);

    public static ValueTask SendValueTask(GrainReference target, MethodBase method, object?[] arguments) => new(SendTaskOf<Nothing>(target, method, arguments));

    public static Task<T> SendTaskOf<T>(GrainReference target, MethodBase method, object?[] arguments) => new Call<T>(Descriptor(method), arguments).Send(target);

    public static ValueTask<T> SendValueTaskOf<T>(GrainReference target, MethodBase method, object?[] arguments) => new(SendTaskOf<T>(target, method, arguments));

    private static MethodDescriptor Descriptor(MethodBase method) =>
        Descriptors.GetOrAdd(method, static method => new MethodDescriptor(method.DeclaringType!, (MethodInfo)method));

    private sealed class Call<T>(MethodDescriptor method, object?[] arguments) : TaskCall<T>
    {
        private object?[] _arguments = arguments;

        public override MethodDescriptor Method => method;

        public override int GetArgumentCount() => _arguments.Length;

        public override object? GetArgument(int index) => _arguments[index];

        public override void SetArgument(int index, object value) => _arguments[index] = value;

        public override CancellationToken GetCancellationToken() => method.TokenIndex < 0 ? default : (CancellationToken)_arguments[method.TokenIndex]!;

        public override void CopyArguments(CodecTable codecs)
        {
            object?[] copies = new object?[_arguments.Length];
            for (int i = 0; i < copies.Length; i++)
            {
                copies[i] = i == method.TokenIndex ? _arguments[i] : codecs.Copy(_arguments[i]);
            }

            _arguments = copies;
        }

        protected override void SetToken(CancellationToken token) => _arguments[method.TokenIndex] = token;

        protected override Task<T> InvokeMethod(object target)
        {
            object? result;
            try
            {
                result = method.Method.Invoke(target, _arguments);
            }
            catch (TargetInvocationException exception) when (exception.InnerException is { } inner)
            {
                ExceptionDispatchInfo.Throw(inner);
                throw;
            }

            return result switch
            {
                Task<T> task => task,
                Task task => Wait(task),
                ValueTask<T> task => task.AsTask(),
                ValueTask task => Wait(task.AsTask()),
                _ => throw new NotSupportedException($"{method.Name} returned {result?.GetType().ToString() ?? "null"}."),
            };
        }

        private static async Task<T> Wait(Task task)
        {
            await task;
            return default!;
        }
    }
}
