namespace Cloud.Bench.Runtime;

internal sealed class PingGrain : Grain, IPingGrain
{
    public ValueTask<int> Ping(int value) => new(value + 1);
}
