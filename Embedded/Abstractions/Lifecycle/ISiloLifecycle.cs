namespace Orleans.Runtime;

/// <summary>The stages of a silo's life, see <see cref="ServiceLifecycleStage"/>.</summary>
public interface ISiloLifecycle : ILifecycleObservable
{
    /// <summary>The highest stage that was completed on the way up.</summary>
    int HighestCompletedStage { get; }

    /// <summary>The lowest stage that was completed on the way down.</summary>
    int LowestStoppedStage { get; }
}
