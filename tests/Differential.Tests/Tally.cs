using Cloud.Execution.Evm;
using Cloud.Execution.Processing;

namespace Cloud.Differential.Tests;

/// <summary>What a run compared, so that a run that compares little is noticed.</summary>
internal sealed class Tally
{
    private readonly SortedDictionary<HaltReason, int> _reasons = [];

    public int Blocks { get; set; }

    public int Included => Succeeded + Reverted + Halted;

    public int Succeeded { get; private set; }

    public int Reverted { get; private set; }

    public int Halted { get; private set; }

    public int Created { get; private set; }

    public int Logs { get; private set; }

    public int LeftOut { get; set; }

    public ulong Gas { get; private set; }

    public void Add(TransactionResult.Included one)
    {
        switch (one.Execution)
        {
            case ExecutionResult.Succeeded:
                Succeeded++;
                break;
            case ExecutionResult.Reverted:
                Reverted++;
                break;
            case ExecutionResult.Halted halted:
                Halted++;
                _reasons[halted.Reason] = _reasons.GetValueOrDefault(halted.Reason) + 1;
                break;
            default:
                throw new InvalidOperationException("A transaction ends in one of three ways.");
        }

        Created += one.Created is null ? 0 : 1;
        Logs += one.Receipt.Logs.Length;
        Gas += one.GasUsed;
    }

    public override string ToString() =>
        $"{Included} transactions in {Blocks} blocks ({Succeeded} succeeded, {Reverted} reverted, {Halted} halted ({string.Join(", ", _reasons.Select(reason => $"{reason.Key} {reason.Value}"))}); {Created} contracts, {Logs} logs, {Gas / 1_000_000} Mgas), "
        + $"{LeftOut} refused by both";
}
