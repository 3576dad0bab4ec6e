using Cloud.Execution.Processing;
using Cloud.Gateway.JsonRpc;
using Cloud.Protocol.Transactions;

namespace Cloud.Gateway.Simulation;

/// <summary>Codes of eth_simulateV1 (execution-apis).</summary>
internal static class SimulationErrors
{
    /// <summary>A call halted.</summary>
    public const int Halted = -32015;

    /// <summary>Numbers of the blocks do not rise.</summary>
    public const int BlockNumber = -38020;

    /// <summary>Times of the blocks do not rise.</summary>
    public const int BlockTime = -38021;

    /// <summary>More is asked than is allowed.</summary>
    public const int ClientLimit = -38026;

    private const int NonceTooLow = -38010;
    private const int NonceTooHigh = -38011;
    private const int FeeCapTooLow = -38012;
    private const int IntrinsicGasTooLow = -38013;
    private const int InsufficientFunds = -38014;
    private const int GasLimitReached = -38015;
    private const int SenderIsContract = -38024;
    private const int InitCodeTooLarge = -38025;

    /// <summary>Why a call cannot be part of its block.</summary>
    /// <param name="refusal">Why.</param>
    /// <returns>With the code that clients look for.</returns>
    public static RpcError Of(ExecutionRefusal refusal) => new(
        refusal switch
        {
            ExecutionRefusal.NonceTooLow => NonceTooLow,
            ExecutionRefusal.NonceTooHigh => NonceTooHigh,
            ExecutionRefusal.FeeCapTooLow => FeeCapTooLow,
            ExecutionRefusal.InsufficientFunds => InsufficientFunds,
            ExecutionRefusal.GasLimitReached => GasLimitReached,
            ExecutionRefusal.SenderIsContract => SenderIsContract,
            ExecutionRefusal.Invalid { Refusal: TransactionRefusal.IntrinsicGasTooLow } => IntrinsicGasTooLow,
            ExecutionRefusal.Invalid { Refusal: TransactionRefusal.InitCodeTooLarge } => InitCodeTooLarge,
            _ => RpcErrorCode.Server,
        },
        refusal.Message);
}
