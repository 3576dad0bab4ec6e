using Orleans.Storage;

namespace Cloud.Simulation.Tests.Support;

/// <summary>A storage that answers late for a while and then says that nothing was written, as a database does that goes down: for the writes of one state.</summary>
internal sealed class SlowlyFailingStorage(IGrainStorage inner, string state, Func<bool> isDown, TimeSpan delay, TimeProvider time) : IGrainStorage
{
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.ReadStateAsync(stateName, grainId, grainState);

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (stateName == state && isDown())
        {
            await Task.Delay(delay, time);
            throw new IOException("The storage is down.");
        }

        await inner.WriteStateAsync(stateName, grainId, grainState);
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.ClearStateAsync(stateName, grainId, grainState);
}
