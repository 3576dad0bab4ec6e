namespace Cloud.Grains.Hosting;

/// <summary>Writes of one state, one after the other; those that wait are one write. For grains whose calls interleave.</summary>
internal sealed class StateWriter<TState>(IPersistentState<TState> state)
{
    private Task _last = Task.CompletedTask;
    private long _wanted;
    private long _written;

    /// <summary>Writes the state as it is when its turn comes.</summary>
    /// <returns>When it is durable.</returns>
    public Task WriteAsync()
    {
        _wanted++;
        return _last = WriteAfter(_last, _wanted);
    }

    /// <summary>Reads what is stored, after the writes before.</summary>
    /// <returns>When the state is what is stored.</returns>
    public Task ReadAsync() => _last = ReadAfter(_last);

    private async Task WriteAfter(Task before, long version)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        if (_written >= version)
        {
            return;
        }

        long current = _wanted;
        await state.WriteStateAsync();
        _written = current;
    }

    private async Task ReadAfter(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        await state.ReadStateAsync();
    }
}
