using System.Runtime.CompilerServices;
using Cloud.Embedded.Runtime;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Cloud.Embedded.Storage;

/// <summary>A grain's stored state. Operations run one after the other; writes that wait behind another operation are one write.</summary>
internal sealed partial class PersistentState<TState>(Activation activation, string stateName, IGrainStorage storage) : IPersistentState<TState>
{
    private readonly GrainState<TState> _record = new(CreateInstance());
    private Operation? _last;

    private enum Kind
    {
        Read,
        Write,
        Clear,
    }

    public TState State
    {
        get => _record.State!;
        set => _record.State = value;
    }

    public string? Etag => _record.ETag;

    public bool RecordExists => _record.RecordExists;

    public Task ReadStateAsync() => Enqueue(Kind.Read, default);

    public Task ReadStateAsync(CancellationToken cancellationToken) => Enqueue(Kind.Read, cancellationToken);

    public Task WriteStateAsync() => Enqueue(Kind.Write, default);

    public Task WriteStateAsync(CancellationToken cancellationToken) => Enqueue(Kind.Write, cancellationToken);

    public Task ClearStateAsync() => Enqueue(Kind.Clear, default);

    public Task ClearStateAsync(CancellationToken cancellationToken) => Enqueue(Kind.Clear, cancellationToken);

    /// <summary>A new state where nothing is stored.</summary>
    internal static TState CreateInstance()
    {
        if (typeof(TState).IsValueType)
        {
            return default!;
        }

        return typeof(TState).GetConstructor(Type.EmptyTypes) is null
            ? typeof(TState) == typeof(string) || typeof(TState).IsArray || typeof(TState).IsAbstract ? default! : (TState)RuntimeHelpers.GetUninitializedObject(typeof(TState))
            : Activator.CreateInstance<TState>();
    }

    private Task Enqueue(Kind kind, CancellationToken cancellationToken)
    {
        if (!ReferenceEquals(WorkGroup.Current, activation))
        {
            throw new InvalidOperationException($"State '{stateName}' of {activation.GrainId} can be used in the grain's own turns only.");
        }

        if (_last is { Started: false } last && last.Kind == kind && kind != Kind.Read && !cancellationToken.CanBeCanceled && !last.CanBeCanceled)
        {
            return last.Completion;
        }

        Operation operation = new(kind, cancellationToken.CanBeCanceled);
        Operation? before = _last;
        _last = operation;
        operation.Completion = Run(operation, before?.Completion, cancellationToken);
        return operation.Completion;
    }

    private async Task Run(Operation operation, Task? before, CancellationToken cancellationToken)
    {
        if (before is { IsCompleted: false })
        {
            await before.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        }
        else
        {
            // Calls that the grain makes in the same turn join this one.
            await Task.Yield();
        }

        operation.Started = true;
        try
        {
            switch (operation.Kind)
            {
                case Kind.Read:
                    await storage.ReadStateAsync(stateName, activation.GrainId, _record, cancellationToken);
                    break;
                case Kind.Write:
                    await storage.WriteStateAsync(stateName, activation.GrainId, _record, cancellationToken);
                    break;
                default:
                    await storage.ClearStateAsync(stateName, activation.GrainId, _record, cancellationToken);
                    _record.State = CreateInstance();
                    break;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception)
        {
            LogErrorStorage(activation.Silo.Logger, exception, operation.Kind, stateName, activation.GrainId);
            if (exception is OrleansException)
            {
                throw;
            }

            throw new OrleansException(
                $"Error from storage provider {storage.GetType().Name}.{stateName} during {operation.Kind} for grain {activation.GrainId}: {exception.Message}",
                exception);
        }
        finally
        {
            if (_last == operation)
            {
                _last = null;
            }
        }
    }

    [LoggerMessage(60, LogLevel.Error, "Storage: {Kind} of state '{StateName}' of {GrainId} failed")]
    private static partial void LogErrorStorage(ILogger logger, Exception exception, Kind kind, string stateName, GrainId grainId);

    private sealed class Operation(Kind kind, bool canBeCanceled)
    {
        public Kind Kind { get; } = kind;

        public bool CanBeCanceled { get; } = canBeCanceled;

        public bool Started { get; set; }

        public Task Completion { get; set; } = null!;
    }
}
