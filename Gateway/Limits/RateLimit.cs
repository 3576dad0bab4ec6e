namespace Cloud.Gateway.Limits;

/// <summary>How much one client may ask for.</summary>
/// <param name="PerSecond">Units that come back each second; 0 for no limit.</param>
/// <param name="Burst">Units that a client can have saved up, at least one method's cost.</param>
public readonly record struct RateLimit(double PerSecond, double Burst);
