using Cloud.Embedded.Simulation;
using Orleans.Storage;

namespace Cloud.Embedded.Tests.Simulation;

/// <summary>A sign-once register: the first value that it is given is the only one that it ever answers with.</summary>
internal interface IRegisterGrain : IGrainWithIntegerKey
{
    Task<string> Sign(string value);
}

/// <summary>Signs after the conditional write, and on a failure reads what is there.</summary>
internal sealed class RegisterGrain([PersistentState("register")] IPersistentState<RegisterState> state) : Grain, IRegisterGrain
{
    public async Task<string> Sign(string value)
    {
        if (!state.RecordExists)
        {
            state.State = new RegisterState { Value = value };
            try
            {
                await state.WriteStateAsync();
            }
            catch (Exception)
            {
                // The outcome of a failed write is unknown: what is stored decides.
                await state.ReadStateAsync();
                if (!state.RecordExists)
                {
                    throw;
                }
            }
        }

        return state.State.Value;
    }
}

/// <summary>The same with the classic mistake: it believes its memory although the write failed.</summary>
[GrainType("careless-register")]
internal sealed class CarelessRegisterGrain([PersistentState("register")] IPersistentState<RegisterState> state) : Grain, ICarelessRegisterGrain
{
    public async Task<string> Sign(string value)
    {
        if (state.State.Value.Length == 0)
        {
            state.State.Value = value;
            try
            {
                await state.WriteStateAsync();
            }
            catch (Exception exception) when (exception is InconsistentStateException or OrleansException)
            {
            }
        }

        return state.State.Value;
    }
}

internal interface ICarelessRegisterGrain : IGrainWithIntegerKey
{
    Task<string> Sign(string value);
}

[GenerateSerializer]
internal sealed class RegisterState
{
    [Id(0)]
    public string Value { get; set; } = string.Empty;
}

/// <summary>A counter that adds each request once, whoever leads: a request has an identity, and the state holds what was applied.</summary>
internal interface ICounterGrain : IGrainWithStringKey
{
    Task<int> Add(Guid request);
}

internal sealed class CounterGrain([PersistentState("counter")] IPersistentState<CounterState> state) : Grain, ICounterGrain
{
    public async Task<int> Add(Guid request)
    {
        if (state.State.Applied.Add(request))
        {
            try
            {
                await state.WriteStateAsync();
            }
            catch (Exception)
            {
                await state.ReadStateAsync();
                if (!state.State.Applied.Contains(request))
                {
                    throw;
                }
            }
        }

        return state.State.Applied.Count;
    }
}

[GenerateSerializer]
internal sealed class CounterState
{
    [Id(0)]
    public HashSet<Guid> Applied { get; set; } = [];
}

/// <summary>Drives registers and a counter with several clients that repeat what failed.</summary>
internal static class RegisterScenario
{
    private const int Registers = 3;
    private const int Clients = 4;
    private const int Requests = 6;

    public static SimulationOptions Options(SimulationFaults faults) => new()
    {
        Faults = faults,
        ConfigureSilo = static (_, silo) => silo.AddMemoryGrainStorageAsDefault(),
    };

    public static Task Sound(SimulationContext context) => Run(context, (register, value) => context.Client.GetGrain<IRegisterGrain>(register).Sign(value));

    public static Task Careless(SimulationContext context) => Run(context, (register, value) => context.Client.GetGrain<ICarelessRegisterGrain>(register).Sign(value));

    private static async Task Run(SimulationContext context, Func<int, string, Task<string>> sign)
    {
        Dictionary<int, HashSet<string>> answers = [];
        int most = 0;
        context.Invariant("a register answers with one value", () =>
        {
            foreach ((int register, HashSet<string> values) in answers)
            {
                if (values.Count > 1)
                {
                    return $"register {register}: {string.Join(", ", values.Order(StringComparer.Ordinal))}";
                }
            }

            return null;
        });
        context.Invariant("the counter counts each request once", () => most <= Clients * Requests ? null : $"it counts {most}");
        Task[] clients = new Task[Clients];
        for (int i = 0; i < Clients; i++)
        {
            int client = i;
            clients[i] = context.Start($"client {client}", () => Client(client));
        }

        await Task.WhenAll(clients);
        context.FaultsEnabled = false;
        int total = await Retry(() => context.Client.GetGrain<ICounterGrain>("c").Add(Guid.Empty));
        if (total != (Clients * Requests) + 1)
        {
            context.Break("no acknowledged request is lost", $"the counter counts {total}");
        }

        async Task Client(int client)
        {
            for (int request = 0; request < Requests; request++)
            {
                int register = context.Random.Next(Registers);
                string answer = await Retry(() => sign(register, $"{client}/{request}"));
                if (!answers.TryGetValue(register, out HashSet<string>? values))
                {
                    answers.Add(register, values = []);
                }

                values.Add(answer);
                Guid id = new(client, 0, (short)request, 0, 0, 0, 0, 0, 0, 0, 1);
                most = Math.Max(most, await Retry(() => context.Client.GetGrain<ICounterGrain>("c").Add(id)));
            }
        }

        async Task<T> Retry<T>(Func<Task<T>> call)
        {
            while (true)
            {
                try
                {
                    return await call();
                }
                catch (Exception exception) when (exception is OrleansException or TimeoutException or SimulatedStorageException)
                {
                    await context.Delay(TimeSpan.FromMilliseconds(100));
                }
            }
        }
    }
}
