using System.Diagnostics;
using Cloud.Execution.Evm;
using Cloud.Execution.Processing;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Bench.Execution;

/// <summary>Time of one instruction by class: a loop over many copies of it, less the same loop without.</summary>
internal static class OpcodeCosts
{
    private const int Copies = 200;
    private const int Loops = 2000;
    private const ulong Gas = 10_000_000_000;

    private static readonly Address Contract = Address.Parse("0x0000000000000000000000000000000000c0de01");

    // The instructions, and what is around them alone. A PUSH and what takes its word are one instruction to the interpreter.
    private static readonly (string Name, Opcode[] Body, Opcode[] Baseline)[] Classes =
    [
        ("add", [Opcode.Dup2, Opcode.Dup2, Opcode.Add, Opcode.Pop], [Opcode.Dup2, Opcode.Dup2, Opcode.Pop, Opcode.Pop]),
        ("mul", [Opcode.Dup2, Opcode.Dup2, Opcode.Mul, Opcode.Pop], [Opcode.Dup2, Opcode.Dup2, Opcode.Pop, Opcode.Pop]),
        ("div", [Opcode.Dup2, Opcode.Dup2, Opcode.Div, Opcode.Pop], [Opcode.Dup2, Opcode.Dup2, Opcode.Pop, Opcode.Pop]),
        ("sdiv", [Opcode.Dup2, Opcode.Dup2, Opcode.Sdiv, Opcode.Pop], [Opcode.Dup2, Opcode.Dup2, Opcode.Pop, Opcode.Pop]),
        ("mulmod", [Opcode.Dup2, Opcode.Dup2, Opcode.Dup2, Opcode.MulMod, Opcode.Pop], [Opcode.Dup2, Opcode.Dup2, Opcode.Dup2, Opcode.Pop, Opcode.Pop, Opcode.Pop]),
        ("lt", [Opcode.Dup2, Opcode.Dup2, Opcode.Lt, Opcode.Pop], [Opcode.Dup2, Opcode.Dup2, Opcode.Pop, Opcode.Pop]),
        ("and", [Opcode.Dup2, Opcode.Dup2, Opcode.And, Opcode.Pop], [Opcode.Dup2, Opcode.Dup2, Opcode.Pop, Opcode.Pop]),
        ("push and shl", [Opcode.Dup2, Opcode.Push0, Opcode.Shl, Opcode.Pop], [Opcode.Dup2, Opcode.Pop]),
        ("dup and pop", [Opcode.Dup2, Opcode.Pop], []),
        ("push and pop", [Opcode.Push0, Opcode.Pop], []),
        ("swap", [Opcode.Swap1], []),
        ("push and mload", [Opcode.Push0, Opcode.MLoad, Opcode.Pop], [Opcode.Dup1, Opcode.Pop]),
        ("push and mstore", [Opcode.Dup1, Opcode.Push0, Opcode.MStore], [Opcode.Dup1, Opcode.Pop]),
        ("jumpdest, with the checks of its block", [Opcode.JumpDest], []),
        ("keccak256 of a word", [Opcode.MSize, Opcode.Push0, Opcode.Keccak256, Opcode.Pop], [Opcode.MSize, Opcode.Push0, Opcode.Pop, Opcode.Pop]),
        ("sload, warm", [Opcode.Push0, Opcode.SLoad, Opcode.Pop], [Opcode.Push0, Opcode.Pop]),
        ("sstore, dirty", [Opcode.MSize, Opcode.Push0, Opcode.SStore], [Opcode.MSize, Opcode.Push0, Opcode.Pop, Opcode.Pop]),
        ("tload", [Opcode.Push0, Opcode.TLoad, Opcode.Pop], [Opcode.Push0, Opcode.Pop]),
    ];

    public static IEnumerable<(string Name, double Nanoseconds)> Measure(BlockExecution execution)
    {
        foreach ((string name, Opcode[] body, Opcode[] baseline) in Classes)
        {
            double with = Run(execution, body);
            double without = Run(execution, baseline);
            yield return (name, (with - without) / (Copies * Loops));
        }
    }

    private static double Run(BlockExecution execution, Opcode[] body)
    {
        // A word in memory, three large operands, and a counter that the loop takes down to zero: the copies find the operands on top.
        List<byte> code =
        [
            (byte)Opcode.Push2, Loops >> 8, Loops & 0xff, (byte)Opcode.Push1, 1, (byte)Opcode.Push0, (byte)Opcode.MStore,
            (byte)Opcode.Push32, .. Enumerable.Repeat((byte)0x7b, 32), (byte)Opcode.Push20, .. Enumerable.Repeat((byte)0x5d, 20),
        ];
        int start = code.Count;
        code.Add((byte)Opcode.JumpDest);
        for (int i = 0; i < Copies; i++)
        {
            code.AddRange(body.Select(opcode => (byte)opcode));
        }

        code.AddRange(
        [
            (byte)Opcode.Swap2, (byte)Opcode.Push1, 1, (byte)Opcode.Swap1, (byte)Opcode.Sub, (byte)Opcode.Swap2,
            (byte)Opcode.Dup3, (byte)Opcode.Push1, (byte)start, (byte)Opcode.JumpI,
        ]);
        byte[] bytes = [.. code];
        BlockContext block = new() { ChainId = 1, Number = 1, Timestamp = 1, Coinbase = Contract, GasLimit = Gas, BaseFee = 0 };
        TransactionFields call = new() { To = Contract, GasLimit = Gas };
        double best = double.MaxValue;
        for (int sample = 0; sample < 12; sample++)
        {
            execution.Open(new OneContractState(Contract, bytes), ForkRules.Osaka, block);
            long begin = Stopwatch.GetTimestamp();
            if (execution.Simulate(call, default) is not TransactionResult.Included { Execution: ExecutionResult.Succeeded })
            {
                throw new InvalidOperationException("The loop did not end well.");
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(begin).TotalNanoseconds);
        }

        return best;
    }
}
