using System.Runtime.ExceptionServices;

namespace Orleans.Serialization.Invocation;

/// <summary>A result of a known type.</summary>
/// <typeparam name="TResult">The type of the result.</typeparam>
public sealed class Response<TResult> : Response
{
    private TResult? _result;

    /// <summary>The result.</summary>
    public TResult? TypedResult
    {
        get => _result;
        set => _result = value;
    }

    /// <inheritdoc/>
    public override Exception? Exception
    {
        get => null;
        set => throw new InvalidOperationException($"Cannot set {nameof(Exception)} property for type {nameof(Response<TResult>)}");
    }

    /// <inheritdoc/>
    public override object? Result
    {
        get => _result;
        set => _result = (TResult?)value;
    }

    /// <inheritdoc/>
    public override T GetResult<T>()
    {
        if (Exception is { } exception)
        {
            ExceptionDispatchInfo.Throw(exception);
        }

        return _result is T result ? result : (T)(object?)_result!;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
    }
}
