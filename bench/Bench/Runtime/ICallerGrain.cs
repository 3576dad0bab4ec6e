namespace Cloud.Bench.Runtime;

/// <summary>A grain that calls others. Times are <see cref="System.Diagnostics.Stopwatch"/> timestamps.</summary>
internal interface ICallerGrain : IGrainWithStringKey
{
    [ResponseTimeout("00:02:00")]
    Task<long> Drive(string target, long end);

    [ResponseTimeout("00:02:00")]
    Task<long> Fan(int targets, long end);
}
