using System.Runtime.ExceptionServices;

namespace Orleans.Serialization.Invocation;

/// <summary>What a request gave: a result or an exception.</summary>
public abstract class Response : IDisposable
{
    /// <summary>Success without a result.</summary>
    public static Response Completed { get; } = new CompletedResponse();

    /// <summary>The result, boxed.</summary>
    public abstract object? Result { get; set; }

    /// <summary>The exception, or null.</summary>
    public abstract Exception? Exception { get; set; }

    /// <summary>Wraps an exception.</summary>
    /// <param name="exception">The exception.</param>
    /// <returns>The response.</returns>
    public static Response FromException(Exception exception) => new ExceptionResponse(exception);

    /// <summary>Wraps a result.</summary>
    /// <typeparam name="TResult">The type of the result.</typeparam>
    /// <param name="value">The result.</param>
    /// <returns>The response.</returns>
    public static Response FromResult<TResult>(TResult value) => new Response<TResult> { TypedResult = value };

    /// <summary>The result; throws if there is an exception.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <returns>The result.</returns>
    public abstract T GetResult<T>();

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>The result or the exception.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Exception is { } exception ? exception.ToString() : Result?.ToString() ?? "[null]";

    private sealed class CompletedResponse : Response
    {
        public override object? Result
        {
            get => null;
            set => throw new InvalidOperationException($"Type {nameof(CompletedResponse)} is read-only");
        }

        public override Exception? Exception
        {
            get => null;
            set => throw new InvalidOperationException($"Type {nameof(CompletedResponse)} is read-only");
        }

        public override T GetResult<T>() => default!;

        public override void Dispose()
        {
        }
    }

    private sealed class ExceptionResponse(Exception exception) : Response
    {
        public override object? Result
        {
            get
            {
                ExceptionDispatchInfo.Throw(Exception!);
                return null;
            }
            set => throw new InvalidOperationException($"Cannot set result property on response of type {nameof(ExceptionResponse)}");
        }

        public override Exception? Exception { get; set; } = exception;

        public override T GetResult<T>()
        {
            ExceptionDispatchInfo.Throw(Exception!);
            return default!;
        }

        public override void Dispose()
        {
        }
    }
}
