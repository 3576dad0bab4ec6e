namespace Orleans;

/// <summary>The stages of a silo's life.</summary>
public static class ServiceLifecycleStage
{
    /// <summary>Before everything.</summary>
    public const int First = int.MinValue;

    /// <summary>The runtime is set up.</summary>
    public const int RuntimeInitialize = 2000;

    /// <summary>Services of the runtime.</summary>
    public const int RuntimeServices = 4000;

    /// <summary>Storage.</summary>
    public const int RuntimeStorageServices = 6000;

    /// <summary>Services of the runtime that are grains.</summary>
    public const int RuntimeGrainServices = 8000;

    /// <summary>Just after those.</summary>
    public const int AfterRuntimeGrainServices = 8100;

    /// <summary>Services of the application.</summary>
    public const int ApplicationServices = 10000;

    /// <summary>The silo joins.</summary>
    public const int BecomeActive = Active - 1;

    /// <summary>The silo serves requests.</summary>
    public const int Active = 20000;

    /// <summary>After everything.</summary>
    public const int Last = int.MaxValue;
}
