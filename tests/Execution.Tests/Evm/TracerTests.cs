using Cloud.Execution.Evm;
using Cloud.Execution.Tracing;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Tests.Evm;

public sealed class TracerTests : IDisposable
{
    private readonly TestMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void Struct_logs_tell_position_gas_and_price_of_each_instruction()
    {
        StructLogTracer tracer = new(new StructLogOptions { WithMemory = true });
        _machine.Run(new Code().Push(0x2aUL).Push(1UL).Op(Opcode.SStore).Push(1UL).Op(Opcode.SLoad).Push(0UL).Op(Opcode.MStore), gas: 100_000, tracer: tracer);
        Assert.Equal(
            [
                (0, Opcode.Push1, 100_000, 3), (2, Opcode.Push1, 99_997, 3), (4, Opcode.SStore, 99_994, 22_100), (5, Opcode.Push1, 77_894, 3),
                (7, Opcode.SLoad, 77_891, 100), (8, Opcode.Push0, 77_791, 2), (9, Opcode.MStore, 77_789, 6), (10, Opcode.Stop, 77_783, 0),
            ],
            tracer.Logs.Select(log => (log.Pc, log.Opcode, (int)log.Gas, (int)log.GasCost)));
        Assert.All(tracer.Logs, log => Assert.Equal(1, log.Depth));
        Assert.Equal([(UInt256)0x2a, (UInt256)1], tracer.Logs[2].Stack);
        Assert.Equal((UInt256)0x2a, tracer.Logs[2].Storage![1UL]);
        Assert.Equal((UInt256)0x2a, tracer.Logs[4].Storage![1UL]);
        Assert.Equal(32, tracer.Logs[^1].Memory.Length);
    }

    [Fact]
    public void The_price_of_a_call_has_the_gas_that_it_gives()
    {
        _machine.State.Set(TestMachine.Other, 1, default, new Code().Push(1UL).Op(Opcode.Pop));
        StructLogTracer tracer = new(new StructLogOptions());
        _machine.Run(new Code().Push(0UL).Push(0UL).Push(0UL).Push(0UL).Push(0UL).Push(TestMachine.Other).Push(1000UL).Op(Opcode.Call, Opcode.Pop), gas: 100_000, tracer: tracer);
        StructLog call = tracer.Logs.Single(log => log.Opcode == Opcode.Call);
        Assert.Equal(2600 + 1000, call.GasCost);
        StructLog after = tracer.Logs.Single(log => log is { Opcode: Opcode.Pop, Depth: 1 });
        Assert.Equal(call.Gas - 2600 - 5, after.Gas);
        Assert.Equal([2, 2, 2], tracer.Logs.Where(log => log.Depth == 2).Select(log => log.Depth));
    }

    [Fact]
    public void The_instruction_that_halts_is_the_last_one_and_says_why()
    {
        StructLogTracer tracer = new(new StructLogOptions());
        ExecutionResult result = _machine.Run(new Code().Push(1UL).Op(Opcode.Add), gas: 100, tracer: tracer);
        Assert.Equal(new ExecutionResult.Halted(HaltReason.StackUnderflow), result);
        Assert.Equal((Opcode.Add, HaltReason.StackUnderflow), (tracer.Logs[^1].Opcode, tracer.Logs[^1].Halt));

        tracer = new(new StructLogOptions());
        _machine.Run(new Code().Push(1UL).Push(2UL).Op(Opcode.Add), gas: 8, tracer: tracer);
        Assert.Equal((Opcode.Add, HaltReason.OutOfGas, 2L), (tracer.Logs[^1].Opcode, tracer.Logs[^1].Halt, tracer.Logs[^1].Gas));
    }

    [Fact]
    public void The_number_of_recorded_steps_is_bounded()
    {
        StructLogTracer tracer = new(new StructLogOptions { MaxSteps = 10 });
        _machine.Run(new Code().Op(Opcode.JumpDest).Push(0UL).Op(Opcode.Jump), gas: 1000, tracer: tracer);
        Assert.Equal(10, tracer.Logs.Count);
        Assert.True(tracer.IsTruncated);
    }

    [Fact]
    public void The_call_tracer_builds_the_tree_of_calls()
    {
        _machine.State.Set(TestMachine.Other, 1, default, new Code().Push(0UL).Push(0UL).Op(Opcode.Log0).Push(0UL).Push(0UL).Op(Opcode.Revert));
        CallTracer tracer = new();
        Code code = new Code().Call(TestMachine.Other, (UInt256)5).Push(0UL).Push(0UL).Op(Opcode.Log0).Push(0UL).Push(0UL).Push(0UL).Op(Opcode.Create)
            .Push(0UL).Push(0UL).Push(0UL).Push(0UL).Push(4UL).Push(500UL).Op(Opcode.StaticCall);
        _machine.Run(code, input: [1, 2, 3], tracer: tracer);
        CallTrace root = tracer.Root!;
        Assert.Equal(("CALL", TestMachine.Caller, TestMachine.Contract), (root.Type, root.From, root.To));
        Assert.Equal([1, 2, 3], root.Input.ToArray());
        Assert.Equal(["CALL", "CREATE", "STATICCALL"], root.Calls.Select(call => call.Type));
        Assert.True(root.Calls[0].IsReverted);
        Assert.Equal((UInt256)5, root.Calls[0].Value);
        Assert.Empty(root.Calls[0].Logs);
        Assert.Single(root.Logs);
        Assert.Equal(15, root.Calls[2].GasUsed);
    }
}
