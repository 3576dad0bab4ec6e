using System.Diagnostics;
using Cloud.Embedded.Simulation;
using Orleans.Streams;

namespace Cloud.Embedded.Tests.Simulation;

[Trait("Category", "Simulation")]
public sealed class WorldTests
{
    [Fact]
    public void An_hour_passes_at_once_and_timers_tick_to_the_millisecond()
    {
        List<TimeSpan> ticks = [];
        SimulationOutcome outcome = Run(new SimulationOptions { MaxTime = TimeSpan.FromHours(2) }, async context =>
        {
            DateTimeOffset start = context.Time.GetUtcNow();
            for (int i = 0; i < 60; i++)
            {
                await context.Delay(TimeSpan.FromMinutes(1));
                ticks.Add(context.Time.GetUtcNow() - start);
            }
        });
        Assert.True(outcome.HasPassed, outcome.Describe());
        Assert.Equal(Enumerable.Range(1, 60).Select(i => TimeSpan.FromMinutes(i)), ticks);
    }

    [Fact]
    public void ConfigureAwait_false_in_a_grain_is_found() => AssertEscapes(static grain => grain.LeaveByConfigureAwait());

    [Fact]
    public void Task_Run_in_a_grain_is_found() => AssertEscapes(static grain => grain.LeaveByTaskRun());

    [Fact]
    public void A_delay_on_the_machine_clock_is_found_when_it_ends() => AssertEscapes(static grain => grain.LeaveByDelay());

    [Fact]
    public void Work_that_was_left_to_the_thread_pool_is_found_although_nobody_waits_for_it() => AssertEscapes(static grain => grain.LeaveForGood());

    [Fact]
    public void Fan_out_and_time_outs_and_cancellation_stay_in_the_world()
    {
        SimulationOutcome outcome = Run(new SimulationOptions(), async context =>
        {
            Task<int>[] calls = [.. Enumerable.Range(0, 20).Select(i => context.Client.GetGrain<IWorkingGrain>($"{i}").Work(TimeSpan.FromMilliseconds(10 * i)))];
            Assert.Equal(190, (await Task.WhenAll(calls)).Sum());
            await Assert.ThrowsAsync<TimeoutException>(() => context.Client.GetGrain<IWorkingGrain>("late").Work(TimeSpan.FromMinutes(1)));
            using CancellationTokenSource source = new(TimeSpan.FromSeconds(1), context.Time);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => context.Client.GetGrain<IWorkingGrain>("c").Wait(source.Token));
            await Assert.ThrowsAsync<TimeoutException>(() => context.Client.GetGrain<IWorkingGrain>("d").Work(TimeSpan.FromSeconds(20)).WaitAsync(TimeSpan.FromSeconds(1), context.Time));
        });
        Assert.True(outcome.HasPassed, outcome.Describe());
    }

    [Fact]
    public void Streams_reach_their_subscribers_in_order_although_messages_overtake_each_other()
    {
        SimulationOptions options = new()
        {
            Faults = new SimulationFaults { DelayMessage = 0.3, ReorderMessage = 0.3 },
            ConfigureSilo = static (_, silo) => silo.AddMemoryStreams("s"),
            ConfigureClient = static client => client.AddMemoryStreams("s"),
        };
        SimulationOutcome outcome = Run(options, async context =>
        {
            List<int> got = [];
            IAsyncStream<int> stream = context.Client.GetStreamProvider("s").GetStream<int>("numbers", 1);
            await stream.SubscribeAsync((item, _) =>
            {
                got.Add(item);
                return Task.CompletedTask;
            });
            for (int i = 0; i < 100; i++)
            {
                await stream.OnNextAsync(i);
            }

            await context.Delay(TimeSpan.FromMinutes(10));
            Assert.Equal(Enumerable.Range(0, 100), got);
        });
        Assert.True(outcome.HasPassed, outcome.Describe());
    }

    [Fact]
    public void A_killed_silo_fails_the_calls_under_way_and_its_grains_come_back_elsewhere()
    {
        SimulationOutcome outcome = Run(new SimulationOptions { Silos = 2 }, async context =>
        {
            IWorkingGrain grain = context.Client.GetGrain<IWorkingGrain>("g");
            string home = await grain.Home();
            SimulatedSilo silo = context.Silos.Single(silo => home == $"silo {silo.Number}");
            Task<int> call = grain.Work(TimeSpan.FromSeconds(5));
            await context.Delay(TimeSpan.FromSeconds(1));
            context.Kill(silo);
            await Assert.ThrowsAsync<SiloUnavailableException>(() => call);
            Assert.NotEqual(home, await grain.Home());
            await context.Restart(silo);
            Assert.True(silo.IsAlive);
        });
        Assert.True(outcome.HasPassed, outcome.Describe());
    }

    [Fact]
    public void A_split_grain_has_two_activations_at_the_same_time()
    {
        SimulationOutcome outcome = Run(new SimulationOptions(), async context =>
        {
            IWorkingGrain grain = context.Client.GetGrain<IWorkingGrain>("g");
            Guid first = await grain.Activation();
            Assert.True(context.Split(grain));
            Assert.NotEqual(first, await context.Client.GetGrain<IWorkingGrain>("g").Activation());
            Assert.Equal(first, await grain.Activation());
        });
        Assert.True(outcome.HasPassed, outcome.Describe());
    }

    [Fact]
    public void Clocks_of_silos_differ_within_the_limit_and_timers_do_not()
    {
        SimulationOptions options = new() { Silos = 5, Faults = new SimulationFaults { MaxClockSkew = TimeSpan.FromSeconds(3) } };
        SimulationOutcome outcome = Run(options, context =>
        {
            Assert.Equal(5, context.Silos.Select(silo => silo.ClockSkew).Distinct().Count());
            Assert.All(context.Silos, silo => Assert.InRange(silo.ClockSkew, TimeSpan.FromSeconds(-3), TimeSpan.FromSeconds(3)));
            return Task.CompletedTask;
        });
        Assert.True(outcome.HasPassed, outcome.Describe());
    }

    [Fact]
    public void A_broken_invariant_ends_the_run_at_the_step_that_broke_it()
    {
        int value = 0;
        SimulationOutcome.Broken broken = Assert.IsType<SimulationOutcome.Broken>(Run(new SimulationOptions(), async context =>
        {
            context.Invariant("less than three", () => value < 3 ? null : $"it is {value}");
            while (true)
            {
                await context.Delay(TimeSpan.FromSeconds(1));
                value++;
            }
        }));
        Assert.Equal("less than three", broken.Invariant);
        Assert.Equal("it is 3", broken.Detail);
        Assert.Equal(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(Math.Round(broken.Report.Time.TotalSeconds)));
    }

    [Fact]
    public void A_scenario_that_does_not_end_or_throws_says_so()
    {
        SimulationOptions options = new() { MaxTime = TimeSpan.FromMinutes(1) };
        Assert.IsType<SimulationOutcome.Unfinished>(Run(options, context => context.Delay(TimeSpan.FromHours(1))));
        SimulationOutcome.Failed failed = Assert.IsType<SimulationOutcome.Failed>(Run(options, async context =>
        {
            await context.Delay(TimeSpan.FromSeconds(1));
            throw new InvalidDataException("on purpose");
        }));
        Assert.IsType<InvalidDataException>(failed.Exception);
    }

    [Fact]
    public void Faults_stop_when_the_scenario_says_so()
    {
        SimulationOptions options = new() { Faults = new SimulationFaults { DropMessage = 1 } };
        SimulationOutcome outcome = Run(options, async context =>
        {
            await Assert.ThrowsAsync<TimeoutException>(() => context.Client.GetGrain<IWorkingGrain>("g").Home());
            context.FaultsEnabled = false;
            Assert.NotEmpty(await context.Client.GetGrain<IWorkingGrain>("g").Home());
        });
        Assert.True(outcome.HasPassed, outcome.Describe());
        Assert.All(outcome.Report.Faults, fault => Assert.Equal(FaultKind.DropMessage, fault.Id.Kind));
    }

    private static SimulationOutcome Run(SimulationOptions options, Func<SimulationContext, Task> scenario) => Embedded.Simulation.Simulation.Run(1, options, scenario);

    /// <summary>Simulated time goes on until the thread pool has got to what was left to it, however busy the machine is.</summary>
    private static void AssertEscapes(Func<IEscapingGrain, Task> leave)
    {
        SimulationOptions options = new() { Silos = 1, MaxSteps = long.MaxValue, MaxTime = TimeSpan.FromDays(100_000) };
        Stopwatch watch = Stopwatch.StartNew();
        SimulationOutcome.Escaped escaped = Assert.IsType<SimulationOutcome.Escaped>(Run(options, async context =>
        {
            _ = leave(context.Client.GetGrain<IEscapingGrain>("g"));
            while (watch.Elapsed < TimeSpan.FromSeconds(20))
            {
                await context.Delay(TimeSpan.FromMilliseconds(1));
            }
        }));
        Assert.Contains("another thread", escaped.Exception.Message, StringComparison.Ordinal);
    }
}

internal interface IWorkingGrain : IGrainWithStringKey
{
    Task<int> Work(TimeSpan time);

    Task Wait(CancellationToken cancellationToken);

    Task<string> Home();

    Task<Guid> Activation();
}

internal sealed class WorkingGrain(TimeProvider time, ILocalSiloDetails silo) : Grain, IWorkingGrain
{
    private readonly Guid _activation = Guid.NewGuid();

    public async Task<int> Work(TimeSpan duration)
    {
        await Task.Delay(duration, time);
        return int.TryParse(this.GetPrimaryKeyString(), out int number) ? number : 0;
    }

    public Task Wait(CancellationToken cancellationToken) => Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);

    public Task<string> Home() => Task.FromResult(silo.Name);

    public Task<Guid> Activation() => Task.FromResult(_activation);
}

internal interface IEscapingGrain : IGrainWithStringKey
{
    Task LeaveByConfigureAwait();

    Task LeaveByTaskRun();

    Task LeaveByDelay();

    Task LeaveForGood();
}

internal sealed class EscapingGrain(TimeProvider time) : Grain, IEscapingGrain
{
    public async Task LeaveByConfigureAwait() => await Task.Delay(TimeSpan.FromMilliseconds(1), time).ConfigureAwait(false);

    public async Task LeaveByTaskRun() => await Task.Run(static () => 1);

    public async Task LeaveByDelay() => await Task.Delay(1);

    public Task LeaveForGood()
    {
        _ = Task.Run(static () => 1);
        return Task.CompletedTask;
    }
}
