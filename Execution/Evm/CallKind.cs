namespace Cloud.Execution.Evm;

/// <summary>How a call came about.</summary>
public enum CallKind : byte
{
    /// <summary>CALL, or a transaction.</summary>
    Call,

    /// <summary>CALLCODE: the callee's code on the caller's state.</summary>
    CallCode,

    /// <summary>DELEGATECALL: as CALLCODE, with the caller's caller and value (EIP-7).</summary>
    DelegateCall,

    /// <summary>STATICCALL: nothing may change (EIP-214).</summary>
    StaticCall,

    /// <summary>CREATE, or a transaction without receiver.</summary>
    Create,

    /// <summary>CREATE2 (EIP-1014).</summary>
    Create2,
}
