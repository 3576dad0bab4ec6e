namespace Cloud.Gateway.Keys;

/// <summary>What a key allows.</summary>
[Flags]
public enum ApiScope
{
    /// <summary>Nothing beyond what everybody may do.</summary>
    None = 0,

    /// <summary>Reading and sending at the key's own rate.</summary>
    Rpc = 1,

    /// <summary>Traces and other requests that cost much.</summary>
    Debug = 2,

    /// <summary>Registering web-hooks.</summary>
    Webhooks = 4,

    /// <summary>Looking at validators, publishers and ledgers.</summary>
    OperatorRead = 8,

    /// <summary>Draining, importing ledgers, managing keys.</summary>
    Operator = 16,
}
