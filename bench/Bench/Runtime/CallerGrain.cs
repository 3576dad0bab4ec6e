namespace Cloud.Bench.Runtime;

internal sealed class CallerGrain : Grain, ICallerGrain
{
    public Task<long> Drive(string target, long end) => RuntimeSubject.Drive(GrainFactory.GetGrain<IPingGrain>(target), end);

    public async Task<long> Fan(int targets, long end)
    {
        Task<long>[] running = new Task<long>[targets];
        for (int i = 0; i < targets; i++)
        {
            running[i] = RuntimeSubject.Drive(GrainFactory.GetGrain<IPingGrain>($"fan {i}"), end);
        }

        return (await Task.WhenAll(running)).Sum();
    }
}
