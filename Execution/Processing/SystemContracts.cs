using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Processing;

/// <summary>Contracts that the protocol calls at the start of a block.</summary>
public static class SystemContracts
{
    /// <summary>Who calls them (EIP-4788).</summary>
    public static Address Caller { get; } = Address.Parse("0xfffffffffffffffffffffffffffffffffffffffe");

    /// <summary>Keeps roots of parent beacon blocks (EIP-4788).</summary>
    public static Address BeaconRoots { get; } = Address.Parse("0x000f3df6d732807ef1319fb7b8bb8522d0beac02");

    /// <summary>Keeps hashes of parent blocks (EIP-2935).</summary>
    public static Address BlockHashHistory { get; } = Address.Parse("0x0000f90827f1c53a10cb7a02335b175320002935");

    /// <summary>Gas that each call may use; it counts nowhere.</summary>
    public const long GasLimit = 30_000_000;
}
