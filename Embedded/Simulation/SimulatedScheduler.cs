using System.Diagnostics;
using System.Text;
using Cloud.Embedded.Hosting;
using Cloud.Embedded.Runtime;
using Cloud.Embedded.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace Cloud.Embedded.Simulation;

/// <summary>Runs everything on the thread that called <see cref="Run"/>, one step at a time: a turn of a group, or the next event of the simulated time.</summary>
internal sealed class SimulatedScheduler : TurnRunner
{
    private const int MaxSuspicionMilliseconds = 200;
    private const int FaultKinds = (int)FaultKind.SkewClock + 1;
    private static readonly AsyncLocal<SimulatedScheduler?> World = new(static change =>
    {
        if (change.ThreadContextChanged && change.CurrentValue is { } scheduler)
        {
            scheduler.CheckThread("code ran");
        }
    });

    private readonly SimulationOptions _options;
    private readonly Thread _thread = Thread.CurrentThread;
    private readonly List<WorkGroup> _ready = [];
    private readonly PriorityQueue<SimulatedEvent, (long Time, long Order)> _events = new();
    private readonly List<(string Name, Func<string?> Check)> _invariants = [];
    private readonly List<InjectedFault> _injected = [];
    private readonly long[] _occasions = new long[FaultKinds];
    private readonly ulong[] _faultSeeds = new ulong[FaultKinds];
    private readonly List<SimulatedSilo> _silos = [];
    private readonly (long Step, long Time, object? What)[] _trail;
    private readonly SimulatedProcess _clock;
    private readonly Cluster _cluster;
    private readonly SimulationContext _context;
    private ServiceProvider? _clientServices;
    private ulong _orderState;
    private ulong _guidState;
    private ulong _latencyState;
    private ulong _hashLow = 0x6a09e667f3bcc908;
    private ulong _hashHigh = 0xbb67ae8584caa73b;
    private long _trailCount;
    private long _eventOrder;
    private long _step;
    private (string Invariant, string Detail)? _broken;
    private Exception? _failure;
    private volatile SimulationEscapeException? _escape;
    private readonly ManualResetEventSlim _escaped = new();
    private bool _over;

    public SimulatedScheduler(ulong seed, SimulationOptions options)
    {
        Seed = seed;
        _options = options;
        Faults = options.Faults;
        _trail = new (long, long, object?)[Math.Max(1, options.TrailLength)];
        for (int kind = 0; kind < FaultKinds; kind++)
        {
            _faultSeeds[kind] = Mix("fault", (ulong)kind);
        }

        _orderState = Mix("order", 0);
        _guidState = Mix("guid", 0);
        _latencyState = Mix("latency", 0);
        Time = new SimulatedTime(this, static () => TimeSpan.Zero);
        _cluster = new Cluster(this, cluster => new SimulatedTransport(this, cluster));
        _clock = new SimulatedProcess(this, "clock");
        _context = new SimulationContext(this, _silos);
    }

    public override bool IsSimulated => true;

    public override int DefaultWorkers => 2;

    public ulong Seed { get; }

    public SimulationFaults Faults { get; }

    public DateTimeOffset Start => _options.Start;

    /// <summary>Simulated ticks of 100 ns since the start.</summary>
    public long Now { get; private set; }

    public TimeProvider Time { get; }

    public bool FaultsEnabled { get; set; } = true;

    public Func<SimulatedMessage, bool>? Lose { get; set; }

    public ClientRuntime ClientRuntime => _clientServices!.GetRequiredService<ClientRuntime>();

    public IClusterClient Client => ClientRuntime.GrainFactory;

    public override void Schedule(WorkGroup group) => _ready.Add(group);

    public override void OnPosted(WorkGroup group, object item)
    {
        if (Thread.CurrentThread != _thread)
        {
            CheckThread($"a turn of {group} was made ready");
        }
    }

    public override Guid NewGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        BitConverter.TryWriteBytes(bytes, Next(ref _guidState));
        BitConverter.TryWriteBytes(bytes[8..], Next(ref _guidState));
        return new Guid(bytes);
    }

    public override int NextRandom(int limit) => (int)(Next(ref _orderState) % (ulong)limit);

    public SimulationOutcome Run(Func<SimulationContext, Task> scenario)
    {
        World.Value = this;
        BuildClient();
        for (int i = 0; i < _options.Silos; i++)
        {
            _silos.Add(new SimulatedSilo(i));
        }

        Task end = StartProcess("scenario", async () =>
        {
            foreach (SimulatedSilo silo in _silos)
            {
                await StartSilo(silo);
            }

            await scenario(_context);
        });
        SimulationOutcome? outcome = null;
        while (outcome is null)
        {
            outcome = Step() ? Check(end) : EndOf(new SimulationOutcome.Unfinished(Report(), "anything: nothing is left to happen"), end);
        }

        _over = true;
        outcome = WaitForEscapes() ?? outcome;
        Dispose();
        return outcome;
    }

    /// <summary>Whether a fault happens at this occasion. Depends on the seed, the kind and the number of the occasion only, so that leaving out one fault does not move the others.</summary>
    public bool Decide(FaultKind kind, double probability, object what, out ulong amount)
    {
        amount = 0;
        if (probability <= 0)
        {
            return false;
        }

        FaultId id = new(kind, _occasions[(int)kind]++);
        ulong random = StableHash.Mix(_faultSeeds[(int)kind] + ((ulong)id.Occasion * 0x9e3779b97f4a7c15));
        if (!FaultsEnabled || (random >> 11) * (1.0 / (1UL << 53)) >= probability || (_options.OnlyFaults is { } only && !only.Contains(id)))
        {
            return false;
        }

        amount = StableHash.Mix(random + 1);
        _injected.Add(new InjectedFault(id, _step, TimeSpan.FromTicks(Now), what.ToString()!));
        Hash(0xfa, (ulong)kind, (ulong)id.Occasion);
        Trail(_injected[^1]);
        return true;
    }

    public ulong Mix(string purpose, ulong number) =>
        StableHash.Mix(Seed ^ StableHash.Mix((ulong)(uint)StableHash.Of(Encoding.UTF8.GetBytes(purpose)) + (number * 0x9e3779b97f4a7c15) + 1));

    /// <summary>A part of a time span.</summary>
    public long Scale(ulong amount, TimeSpan limit) => limit.Ticks <= 0 ? 0 : (long)(amount % (ulong)limit.Ticks) + 1;

    /// <summary>How long a message takes without a fault.</summary>
    public long Latency()
    {
        long span = Math.Max(0, (_options.MaxLatency - _options.MinLatency).Ticks);
        return _options.MinLatency.Ticks + (span == 0 ? 0 : (long)(Next(ref _latencyState) % (ulong)span));
    }

    public void AddEvent(long time, SimulatedEvent happening) => _events.Enqueue(happening, (Math.Max(time, Now), _eventOrder++));

    public void AddTimer(SimulatedTimer timer, int version, TimeSpan dueTime)
    {
        CheckThread("a timer was set");
        AddEvent(Now + dueTime.Ticks, new TimerEvent(timer, version));
    }

    public void HashMessage(GrainCall call, ulong stage)
    {
        Hash(stage, call.Method.NameHash, call.Target?.GrainId.GetUniformHashCode() ?? 0);
        Trail((stage, call));
    }

    public void AddInvariant(string name, Func<string?> check) => _invariants.Add((name, check));

    public void Break(string invariant, string detail) => _broken ??= (invariant, detail);

    public void Note(string text)
    {
        Hash(3, (ulong)(uint)StableHash.Of(Encoding.UTF8.GetBytes(text)), (ulong)text.Length);
        Trail(text);
    }

    public void OnFailure(Exception exception) => _failure ??= exception;

    public Task StartProcess(string name, Func<Task> body)
    {
        SimulatedProcess process = new(this, name);
        TaskCompletionSource end = new();
        process.Post(new Action(async () =>
        {
            try
            {
                await body();
                end.SetResult();
            }
            catch (Exception exception)
            {
                OnFailure(exception);
                end.SetException(exception);
            }
        }));
        return end.Task;
    }

    public bool KillActivation(GrainId grain)
    {
        if (!_cluster.Directory.TryGetValue(grain, out Activation? activation))
        {
            return false;
        }

        activation.Die();
        return true;
    }

    public bool SplitActivation(GrainId grain)
    {
        if (!_cluster.Directory.TryGetValue(grain, out Activation? activation))
        {
            return false;
        }

        _cluster.Unregister(activation);
        return true;
    }

    public void KillSilo(SimulatedSilo silo)
    {
        if (silo.IsAlive)
        {
            silo.IsAlive = false;
            silo.Runtime!.Die();
        }
    }

    public Task StartSilo(SimulatedSilo silo)
    {
        if (silo.IsAlive)
        {
            return Task.CompletedTask;
        }

        silo.IsAlive = true;
        silo.ClockSkew = SkewOf(silo);
        SimulatedTime clock = new(this, () => silo.ClockSkew);
        ServiceCollection services = new();
        services.AddSingleton(_cluster);
        services.AddSingleton<TimeProvider>(clock);
        services.AddSingleton(_context);
        services.AddSingleton<IStorageDecorator>(new SimulatedStorage(this));
        services.Configure<EmbeddedOptions>(options => options.IsolateArguments = _options.IsolateArguments);
        SiloBuilder builder = new(services, new ConfigurationBuilder().Build());
        builder.AddDefaults(hosted: false);
        builder.Configure<SiloOptions>(options => options.SiloName = $"silo {silo.Number}");
        builder.Configure<EndpointOptions>(options => options.SiloPort += silo.Number);
        _options.ConfigureSilo?.Invoke(silo.Number, builder);
        ServiceProvider provider = services.BuildServiceProvider();
        silo.Provider = provider;
        silo.Runtime = provider.GetRequiredService<Silo>();
        TaskCompletionSource started = new();
        silo.Runtime.System.Post(new Action(async () =>
        {
            try
            {
                await silo.Runtime.StartAsync(CancellationToken.None);
                foreach (IHostedService service in provider.GetServices<IHostedService>())
                {
                    await service.StartAsync(CancellationToken.None);
                }

                started.SetResult();
            }
            catch (Exception exception)
            {
                OnFailure(exception);
                started.SetException(exception);
            }
        }));
        return started.Task;
    }

    private static ulong Next(ref ulong state) => StableHash.Mix(state += 0x9e3779b97f4a7c15);

    private void BuildClient()
    {
        ServiceCollection services = new();
        services.AddSingleton(_cluster);
        services.AddSingleton(Time);
        services.Configure<EmbeddedOptions>(options => options.IsolateArguments = _options.IsolateArguments);
        ClientBuilder builder = new(services, new ConfigurationBuilder().Build());
        builder.AddDefaults();
        _options.ConfigureClient?.Invoke(builder);
        _clientServices = services.BuildServiceProvider();
        ClientRuntime.Start();
    }

    private TimeSpan SkewOf(SimulatedSilo silo)
    {
        if (_options.ClockSkewOf is { } given)
        {
            return given(silo.Number);
        }

        if (Faults.MaxClockSkew <= TimeSpan.Zero || !Decide(FaultKind.SkewClock, 1, $"the clock of silo {silo.Number}", out ulong amount))
        {
            return TimeSpan.Zero;
        }

        return TimeSpan.FromTicks(Scale(amount, Faults.MaxClockSkew * 2) - Faults.MaxClockSkew.Ticks);
    }

    /// <summary>Runs one thing.</summary>
    /// <returns>Whether there was one.</returns>
    private bool Step()
    {
        while (_events.TryPeek(out SimulatedEvent? next, out _) && next.IsCancelled)
        {
            _events.Dequeue();
        }

        bool due = _events.TryPeek(out _, out (long Time, long Order) at) && at.Time <= Now;
        int choices = _ready.Count + (due ? 1 : 0);
        if (choices == 0)
        {
            if (_events.Count == 0)
            {
                return false;
            }

            Now = at.Time;
            due = true;
            choices = 1;
        }

        _step++;
        int choice = choices == 1 || !_options.RandomOrder ? 0 : NextRandom(choices);
        if (choice < _ready.Count)
        {
            WorkGroup group = _ready[choice];
            Hash(4, (ulong)group.Number, (ulong)Now);
            Trail(group);
            if (!group.ExecuteStep())
            {
                _ready.RemoveAt(choice);
            }
            else if (!_options.RandomOrder)
            {
                _ready.RemoveAt(choice);
                _ready.Add(group);
            }
        }
        else
        {
            SimulatedEvent happening = _events.Dequeue();
            Hash(5, happening.Label(), (ulong)Now);
            Trail(happening);
            _clock.ExecuteInline(static happening => ((SimulatedEvent)happening!).Run(), happening);
        }

        InjectDeaths();
        return true;
    }

    private void InjectDeaths()
    {
        if (Decide(FaultKind.KillActivation, Faults.KillActivation, "an activation", out ulong amount) && Pick(amount) is { } victim)
        {
            Trail($"killed {victim}");
            _clock.ExecuteInline(victim.Die);
        }

        if (Decide(FaultKind.SplitActivation, Faults.SplitActivation, "an activation", out amount) && Pick(amount) is { } split)
        {
            Trail($"split {split}");
            _cluster.Unregister(split);
        }

        if (Decide(FaultKind.KillSilo, Faults.KillSilo, "a silo", out amount))
        {
            List<SimulatedSilo> alive = _silos.FindAll(static silo => silo.IsAlive && silo.Runtime!.Status == SiloStatus.Active);
            if (alive.Count > 1)
            {
                SimulatedSilo silo = alive[(int)(amount % (ulong)alive.Count)];
                Trail($"killed silo {silo.Number}");
                _clock.ExecuteInline(() => KillSilo(silo));
                AddEvent(Now + Scale(StableHash.Mix(amount), Faults.MaxSiloDownTime), new RestartEvent(this, silo));
            }
        }
    }

    private Activation? Pick(ulong amount)
    {
        List<Activation> all = [];
        foreach (SimulatedSilo silo in _silos)
        {
            if (silo.IsAlive)
            {
                all.AddRange(silo.Runtime!.Activations);
            }
        }

        return all.Count == 0 ? null : all[(int)(amount % (ulong)all.Count)];
    }

    private SimulationOutcome? Check(Task end)
    {
        if (_escape is { } escape)
        {
            return new SimulationOutcome.Escaped(Report(), escape);
        }

        foreach ((string name, Func<string?> check) in _invariants)
        {
            if (_broken is not null)
            {
                break;
            }

            if (check() is { } detail)
            {
                Break(name, detail);
            }
        }

        if (_broken is { } broken)
        {
            return new SimulationOutcome.Broken(Report(), broken.Invariant, broken.Detail);
        }

        if (_failure is not null)
        {
            return new SimulationOutcome.Failed(Report(), _failure);
        }

        if (end.IsCompleted)
        {
            return new SimulationOutcome.Passed(Report());
        }

        if (_step >= _options.MaxSteps)
        {
            return new SimulationOutcome.Unfinished(Report(), $"{_options.MaxSteps} steps");
        }

        return Now > _options.MaxTime.Ticks ? new SimulationOutcome.Unfinished(Report(), $"{_options.MaxTime} of simulated time") : null;
    }

    private SimulationOutcome EndOf(SimulationOutcome stuck, Task end) => Check(end) ?? stuck;

    private SimulationReport Report()
    {
        bool failed = _escape is not null || _broken is not null || _failure is not null || _step >= _options.MaxSteps || Now > _options.MaxTime.Ticks;
        return new SimulationReport(Seed, $"{_hashHigh:x16}{_hashLow:x16}", _step, TimeSpan.FromTicks(Now), [.. _injected], failed ? TrailText() : []);
    }

    private List<string> TrailText()
    {
        List<string> lines = [];
        for (long i = Math.Max(0, _trailCount - _trail.Length); i < _trailCount; i++)
        {
            (long step, long time, object? what) = _trail[i % _trail.Length];
            string text = what switch
            {
                (ulong stage, GrainCall call) => $"{(stage == 1 ? "sent" : "answered")} {call}",
                WorkGroup group => $"turn of {group}",
                _ => what?.ToString() ?? string.Empty,
            };
            lines.Add($"{step} {TimeSpan.FromTicks(time)} {text}");
        }

        return lines;
    }

    private void Trail(object what) => _trail[_trailCount++ % _trail.Length] = (_step, Now, what);

    private void Hash(ulong kind, ulong first, ulong second)
    {
        _hashLow = StableHash.Mix(_hashLow ^ (kind + (first * 0x9e3779b97f4a7c15)));
        _hashHigh = StableHash.Mix(_hashHigh + _hashLow + second);
    }

    private void CheckThread(string what)
    {
        if (Thread.CurrentThread != _thread && !_over)
        {
            _escape ??= new SimulationEscapeException(
                $"Simulation with seed {Seed}: {what} on another thread than the simulation's. Look for ConfigureAwait(false), Task.Run, a timer or delay without the simulated TimeProvider, or real I/O:{Environment.NewLine}{new StackTrace(2)}");
            _escaped.Set();
        }
    }

    /// <summary>
    /// Gives what went to the thread pool the time to show up there: the pool starts work in the order in which it came. A request that still runs is a sign that
    /// something did, so that it is waited for a little longer.
    /// </summary>
    private SimulationOutcome.Escaped? WaitForEscapes()
    {
        _over = false;
        for (int i = 0; i < 2 && _escape is null; i++)
        {
            using ManualResetEventSlim passed = new();
            ThreadPool.UnsafeQueueUserWorkItem(static state => ((ManualResetEventSlim)state!).Set(), passed);
            passed.Wait();
        }

        bool suspicious = _silos.Exists(static silo => silo.IsAlive && silo.Runtime!.Activations.Exists(static activation => activation.IsExecuting));
        if (suspicious && _escape is null)
        {
            _escaped.Wait(MaxSuspicionMilliseconds);
        }

        _over = true;
        return _escape is { } escape ? new SimulationOutcome.Escaped(Report(), escape) : null;
    }

    private void Dispose()
    {
        foreach (SimulatedSilo silo in _silos)
        {
            silo.Runtime?.Die();
        }
    }

    private sealed class TimerEvent(SimulatedTimer timer, int version) : SimulatedEvent
    {
        public override bool IsCancelled => !timer.IsDue(version);

        public override void Run() => timer.Fire(version);

        public override ulong Label() => 7;

        public override string ToString() => "timer";
    }

    private sealed class RestartEvent(SimulatedScheduler scheduler, SimulatedSilo silo) : SimulatedEvent
    {
        public override void Run()
        {
            scheduler.Trail($"restarted silo {silo.Number}");
            _ = scheduler.StartSilo(silo);
        }

        public override ulong Label() => 11 + (ulong)silo.Number;

        public override string ToString() => $"restart of silo {silo.Number}";
    }
}
