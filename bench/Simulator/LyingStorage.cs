using Orleans.Storage;

namespace Cloud.Simulator;

/// <summary>A planted defect: a grain storage that calls the signing ledger's records durable and keeps none of them.</summary>
internal sealed class LyingStorage(IGrainStorage inner) : IGrainStorage
{
    private const string Ledger = "ledger";
    private int _version;

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        stateName == Ledger ? Task.CompletedTask : inner.ReadStateAsync(stateName, grainId, grainState);

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (stateName != Ledger)
        {
            return inner.WriteStateAsync(stateName, grainId, grainState);
        }

        grainState.ETag = $"{++_version}";
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.ClearStateAsync(stateName, grainId, grainState);
}
