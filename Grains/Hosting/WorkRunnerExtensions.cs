using Cloud.Replica.Work;

namespace Cloud.Grains.Hosting;

/// <summary>Work that takes long for a grain's turn: signature checks above all.</summary>
internal static class WorkRunnerExtensions
{
    /// <summary>Runs work beside the caller's turns; it touches nothing of the caller's.</summary>
    internal static Task<T> Run<T>(this IWorkRunner runner, Func<T> work) => runner.RunAsync(() => Task.FromResult(work()));
}
