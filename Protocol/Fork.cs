namespace Cloud.Protocol;

/// <summary>Ethereum's rule sets, in order of activation. Each includes the ones before it.</summary>
public enum Fork : byte
{
    /// <summary>March 2024: EIP-1153, 4788, 4844, 5656, 6780.</summary>
    Cancun,

    /// <summary>May 2025: EIP-2537, 2935, 7623, 7685, 7702.</summary>
    Prague,

    /// <summary>December 2025: EIP-7823, 7825, 7883, 7939, 7951.</summary>
    Osaka,
}
