using Cloud.Gateway.JsonRpc;

namespace Cloud.Gateway.Tracing;

/// <summary>What one trace may record, in steps and bytes, and until when. A tracer has no other way to stop execution than an exception; the runner is thrown away then.</summary>
/// <param name="options">Bounds.</param>
/// <param name="cancellationToken">The caller is gone, or the time is over.</param>
internal sealed class TraceBudget(RpcOptions options, CancellationToken cancellationToken)
{
    // Looking at the token costs about as much as an instruction.
    private const int StepsBetweenLooks = 64;

    private long _bytes;
    private int _steps;
    private int _looks;

    /// <summary>Counts something that is recorded.</summary>
    /// <param name="bytes">About as many bytes as it takes in the answer.</param>
    /// <exception cref="ResponseTooLargeException">The answer would be too long.</exception>
    /// <exception cref="OperationCanceledException">The time is over.</exception>
    public void Take(long bytes)
    {
        Look();
        _bytes += bytes;
        if (_bytes > options.MaxResponseBytes)
        {
            throw new ResponseTooLargeException(options.MaxResponseBytes);
        }
    }

    /// <summary>Counts a recorded instruction.</summary>
    /// <param name="bytes">About as many bytes as it takes in the answer.</param>
    /// <returns>False where the instructions are used up: it is not recorded, and execution goes on.</returns>
    public bool TryTakeStep(long bytes)
    {
        Take(_steps < options.MaxTraceSteps ? bytes : 0);
        return _steps++ < options.MaxTraceSteps;
    }

    /// <summary>Looks, now and then, whether the time is over.</summary>
    public void Look()
    {
        if (++_looks % StepsBetweenLooks == 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
