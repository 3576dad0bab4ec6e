using System.Diagnostics;
using Cloud.Execution.Evm;
using Cloud.Execution.Processing;
using Cloud.Execution.State;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Bench.Execution;

/// <summary>The EVM on the usual kinds of contracts, next to revm behind anvil, by processor time.</summary>
internal sealed class ExecutionSubject : ISubject
{
    private const ulong Gas = 100_000_000_000;

    private static readonly Address Caller = Address.Parse("0x00000000000000000000000000000000000ca11e");
    private static readonly Address Contract = Address.Parse("0x0000000000000000000000000000000000c0de00");
    private static readonly Address Nobody = Address.Parse("0x000000000000000000000000000000000000dead");

    private static readonly BlockContext Block = new()
    {
        ChainId = 31337, Number = 1, Timestamp = 1_700_000_000, Coinbase = Nobody, GasLimit = Gas, BaseFee = 0,
    };

    public string Name => "execution";

    public string Summary => "transfers through pool, builder and verifier; the EVM in million gas per second of processor time, next to anvil's";

    public async Task RunAsync(BenchRun bench, CancellationToken cancellation)
    {
        await BuildingMeasurements.MeasureAsync(bench, cancellation);
        await using Anvil? anvil = await Anvil.StartAsync(cancellation);
        if (anvil is null)
        {
            Console.Error.WriteLine("anvil is not installed: no peer. Name it in ANVIL, or install the npm package @foundry-rs/anvil.");
        }

        TimeSpan overhead = anvil is null ? default : await PeerAsync(anvil, Nobody, [], default, cancellation);
        using BlockExecution execution = new();
        foreach (Workload workload in Workload.All)
        {
            byte[] output = Ours(execution, workload, out ulong gas, out TimeSpan ours);
            double? peer = null;
            if (anvil is not null)
            {
                await anvil.SetCodeAsync(Contract, workload.Code, cancellation);
                byte[] expected = await anvil.CallContractAsync(Caller, Contract, workload.Input, cancellation);
                if (!expected.AsSpan().SequenceEqual(output))
                {
                    throw new InvalidOperationException($"{workload.Name}: ours returns {Hex.Encode(output)}, anvil {Hex.Encode(expected)}.");
                }

                peer = gas / (await PeerAsync(anvil, Contract, workload.Input, overhead, cancellation)).TotalMicroseconds;
            }

            bench.AddHigherIsBetter(workload.Name, "Mgas/s", gas / ours.TotalMicroseconds, peer);
        }

        await MeasureUniswapAsync(bench, execution, anvil, overhead, cancellation);
        foreach ((string name, double nanoseconds) in OpcodeCosts.Measure(execution))
        {
            bench.AddLowerIsBetter(name, "ns", nanoseconds);
        }
    }

    private static async Task MeasureUniswapAsync(BenchRun bench, BlockExecution execution, Anvil? anvil, TimeSpan overhead, CancellationToken cancellation)
    {
        if (UniswapWorkload.TryLoad() is not { } uniswap)
        {
            Console.Error.WriteLine("Uniswap's artifacts are not installed: run npm ci in bench/uniswap.");
            return;
        }

        IStateReader state = uniswap.Deploy(execution, Block);
        byte[] output = Ours(execution, "uniswap v2 swaps", state, uniswap.Trader, uniswap.Input, out ulong gas, out TimeSpan ours);
        double? peer = null;
        if (anvil is not null)
        {
            await uniswap.DeployAsync(anvil, cancellation);
            byte[] expected = await anvil.CallContractAsync(Caller, uniswap.Trader, uniswap.Input, cancellation);
            if (!expected.AsSpan().SequenceEqual(output))
            {
                throw new InvalidOperationException($"uniswap v2 swaps: ours returns {Hex.Encode(output)}, anvil {Hex.Encode(expected)}.");
            }

            peer = gas / (await PeerAsync(anvil, uniswap.Trader, uniswap.Input, overhead, cancellation)).TotalMicroseconds;
        }

        bench.AddHigherIsBetter("uniswap v2 swaps", "Mgas/s", gas / ours.TotalMicroseconds, peer);
    }

    private static byte[] Ours(BlockExecution execution, Workload workload, out ulong gas, out TimeSpan time) =>
        Ours(execution, workload.Name, new OneContractState(Contract, workload.Code), Contract, workload.Input, out gas, out time);

    private static byte[] Ours(BlockExecution execution, string name, IStateReader state, Address to, byte[] input, out ulong gas, out TimeSpan time)
    {
        execution.Open(state, ForkRules.Cancun, Block);
        TransactionFields call = new() { To = to, GasLimit = Gas, Data = input };
        TransactionResult.Included Run() => execution.Simulate(call, Caller) as TransactionResult.Included ?? throw new InvalidOperationException($"{name} was refused.");

        TransactionResult.Included result = Run();
        if (result.Execution is not ExecutionResult.Succeeded succeeded)
        {
            throw new InvalidOperationException($"{name} failed: {result.Execution}");
        }

        gas = result.GasUsed;
        time = Measure(() =>
        {
            execution.Open(state, ForkRules.Cancun, Block);
            Run();
            return Task.CompletedTask;
        }, () => Process.GetCurrentProcess().TotalProcessorTime).GetAwaiter().GetResult();
        return succeeded.Output.ToArray();
    }

    private static async Task<TimeSpan> PeerAsync(Anvil anvil, Address to, byte[] input, TimeSpan overhead, CancellationToken cancellation)
    {
        TimeSpan time = await Measure(() => anvil.CallContractAsync(Caller, to, input, cancellation), () => anvil.ProcessorTime);
        return time - overhead;
    }

    // The kernel counts processor time in ticks of 10 ms: a sample takes at least thirty of them, and the best of five samples counts. The first seconds go to the
    // just-in-time compiler.
    private static async Task<TimeSpan> Measure(Func<Task> operation, Func<TimeSpan> clock)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1))
        {
            await operation();
        }

        TimeSpan best = TimeSpan.MaxValue;
        for (int sample = 0; sample < 5; sample++)
        {
            TimeSpan begin = clock();
            int count = 0;
            TimeSpan taken;
            do
            {
                await operation();
                count++;
                taken = clock() - begin;
            }
            while (taken < TimeSpan.FromMilliseconds(300));
            best = taken / count < best ? taken / count : best;
        }

        return best;
    }
}
