using Cloud.Embedded.Storage;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace Cloud.Embedded.Simulation;

/// <summary>Puts faults around the grain storages of a silo.</summary>
internal sealed class SimulatedStorage(SimulatedScheduler scheduler) : IStorageDecorator
{
    public IGrainStorage Decorate(string name, IGrainStorage storage) => new Faulty(scheduler, name, storage);

    private sealed class Faulty(SimulatedScheduler scheduler, string name, IGrainStorage storage) : IGrainStorage
    {
        public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
            Run("read", stateName, grainId, isWrite: false, () => storage.ReadStateAsync(stateName, grainId, grainState));

        public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            // The grain's own record must not learn the new version when the outcome is reported as a failure.
            GrainState<T> copy = new(grainState.State, grainState.ETag) { RecordExists = grainState.RecordExists };
            return Run("write", stateName, grainId, isWrite: true, () => storage.WriteStateAsync(stateName, grainId, copy), () =>
            {
                grainState.ETag = copy.ETag;
                grainState.RecordExists = copy.RecordExists;
            });
        }

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            GrainState<T> copy = new(grainState.State, grainState.ETag) { RecordExists = grainState.RecordExists };
            return Run("clear", stateName, grainId, isWrite: true, () => storage.ClearStateAsync(stateName, grainId, copy), () =>
            {
                grainState.ETag = copy.ETag;
                grainState.RecordExists = copy.RecordExists;
            });
        }

        private async Task Run(string operation, string stateName, GrainId grainId, bool isWrite, Func<Task> run, Action? done = null)
        {
            string what = $"{operation} of state '{stateName}' of {grainId} in storage '{name}'";
            long delay = scheduler.Latency();
            if (scheduler.Decide(FaultKind.DelayStorage, scheduler.Faults.DelayStorage, what, out ulong amount))
            {
                delay += scheduler.Scale(amount, scheduler.Faults.MaxStorageDelay);
            }

            // Half of the time passes before the operation takes effect, half after it.
            await Task.Delay(TimeSpan.FromTicks(delay / 2), scheduler.Time);
            if (scheduler.Decide(FaultKind.FailStorage, scheduler.Faults.FailStorage, what, out _))
            {
                throw new SimulatedStorageException($"Simulated failure: {what}; nothing was done.");
            }

            await run();
            await Task.Delay(TimeSpan.FromTicks(delay - (delay / 2)), scheduler.Time);
            if (isWrite && scheduler.Decide(FaultKind.TearStorage, scheduler.Faults.TearStorage, what, out _))
            {
                throw new SimulatedStorageException($"Simulated failure: {what}; the outcome is unknown.");
            }

            done?.Invoke();
        }
    }
}
