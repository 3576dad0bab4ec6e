using Microsoft.Extensions.Logging;
using Orleans.CodeGeneration;
using Orleans.Runtime;

namespace Cloud.Embedded.Runtime;

/// <summary>A timer of a grain: each tick is a one-way request of the activation to itself.</summary>
internal abstract partial class GrainTimer : IGrainTimer
{
    private const long MaxMilliseconds = 0xfffffffe;
    private static readonly MethodDescriptor TickDescriptor = new(typeof(IGrainTimerTick), typeof(IGrainTimerTick).GetMethod(nameof(IGrainTimerTick.Tick))!);
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _disposed = new();
    private readonly GrainTimerCreationOptions _options;
    private readonly TickCall _tick;
    private TimeSpan _dueTime;
    private TimeSpan _period;
    private bool _changed;
    private volatile bool _firing;

    protected GrainTimer(Activation activation, GrainTimerCreationOptions options)
    {
        Activation = activation;
        _options = options;
        Number = activation.Silo.NextTimerNumber();
        _tick = new TickCall(this);
        _timer = activation.Silo.GrainTime.CreateDetachedTimer(static state => ((GrainTimer)state!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal interface IGrainTimerTick
    {
        Task Tick();
    }

    /// <summary>Creation order within the silo.</summary>
    public long Number { get; }

    protected Activation Activation { get; }

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        Check(dueTime, nameof(dueTime));
        Check(period, nameof(period));
        _changed = true;
        _dueTime = dueTime;
        _period = period;
        if (!_firing && !_disposed.IsCancellationRequested)
        {
            _timer.Change(WholeMilliseconds(dueTime), Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose()
    {
        if (!_disposed.IsCancellationRequested)
        {
            _disposed.Cancel();
            Abandon();
            Activation.OnTimerDisposed(this);
        }
    }

    /// <summary>Stops without a word to the callback.</summary>
    public void Abandon() => _timer.Dispose();

    protected abstract Task InvokeCallback(CancellationToken cancellationToken);

    private static void Check(TimeSpan value, string name)
    {
        long milliseconds = (long)value.TotalMilliseconds;
        ArgumentOutOfRangeException.ThrowIfLessThan(milliseconds, -1, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(milliseconds, MaxMilliseconds, name);
    }

    private static TimeSpan WholeMilliseconds(TimeSpan value) => TimeSpan.FromMilliseconds((long)value.TotalMilliseconds);

    private void Fire()
    {
        // Not in a turn: the tick is a request like others, and waits for its turn.
        _firing = true;
        _tick.Options = InvokeMethodOptions.OneWay | (_options.Interleave ? InvokeMethodOptions.AlwaysInterleave : InvokeMethodOptions.None);
        Activation.Receive(_tick);
    }

    private Task Tick()
    {
        if (_disposed.IsCancellationRequested)
        {
            return Task.CompletedTask;
        }

        _changed = false;
        Task task;
        try
        {
            task = InvokeCallback(_disposed.Token);
        }
        catch (Exception exception)
        {
            task = Task.FromException(exception);
        }

        if (task.IsCompletedSuccessfully)
        {
            OnTicked();
            return task;
        }

        return Await(task);
    }

    private async Task Await(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception exception)
        {
            LogWarningCallbackFailed(Activation.Silo.Logger, exception, Activation.GrainId);
        }
        finally
        {
            OnTicked();
        }
    }

    private void OnTicked()
    {
        if (!_disposed.IsCancellationRequested)
        {
            _timer.Change(WholeMilliseconds(_changed ? _dueTime : _period), Timeout.InfiniteTimeSpan);
        }

        _firing = false;
    }

    [LoggerMessage(40, LogLevel.Warning, "Caught and ignored an exception thrown by a timer callback of {GrainId}")]
    private static partial void LogWarningCallbackFailed(ILogger logger, Exception exception, GrainId grainId);

    private sealed class TickCall : TaskCall
    {
        private readonly GrainTimer _owner;

        public TickCall(GrainTimer owner)
        {
            _owner = owner;
            Origin = owner.Activation.Silo;
            Sender = owner.Activation;
        }

        public override MethodDescriptor Method => TickDescriptor;

        public override bool IsLocalOnly => true;

        public override bool IsKeepAlive => _owner._options.KeepAlive;

        protected override Task InvokeMethod(object target) => _owner.Tick();
    }
}
