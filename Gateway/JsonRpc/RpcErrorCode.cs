namespace Cloud.Gateway.JsonRpc;

/// <summary>Codes of JSON-RPC errors (JSON-RPC 2.0 section 5.1, EIP-1474, EIP-7966, and what go-ethereum adds).</summary>
internal static class RpcErrorCode
{
    /// <summary>The text is not JSON.</summary>
    public const int Parse = -32700;

    /// <summary>The JSON is no request.</summary>
    public const int InvalidRequest = -32600;

    /// <summary>There is no such method.</summary>
    public const int MethodNotFound = -32601;

    /// <summary>An argument is missing or wrong.</summary>
    public const int InvalidParams = -32602;

    /// <summary>A defect of the gateway.</summary>
    public const int Internal = -32603;

    /// <summary>The request is sound, but cannot be done.</summary>
    public const int Server = -32000;

    /// <summary>The caller may not use the method.</summary>
    public const int Unauthorized = -32001;

    /// <summary>The method took longer than it may.</summary>
    public const int Timeout = -32002;

    /// <summary>The answer is longer than it may be.</summary>
    public const int ResponseTooLarge = -32003;

    /// <summary>A rate or a bound is exceeded (EIP-1474).</summary>
    public const int LimitExceeded = -32005;

    /// <summary>The call reverted; the data is its reason.</summary>
    public const int Reverted = 3;

    /// <summary>The transaction is in the pool and was in no flashblock in time (EIP-7966).</summary>
    public const int ConfirmationTimeout = 4;

    /// <summary>The block, or its state, is older than what is kept (EIP-4444).</summary>
    public const int Pruned = 4444;
}
