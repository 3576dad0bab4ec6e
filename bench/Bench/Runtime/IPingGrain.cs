namespace Cloud.Bench.Runtime;

/// <summary>The callee: the smallest method there is.</summary>
internal interface IPingGrain : IGrainWithStringKey
{
    ValueTask<int> Ping(int value);
}
