using Cloud.Execution.Evm;
using Cloud.Execution.State;
using Cloud.Execution.Tracing;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Execution.Tests.Evm;

/// <summary>Code that is compiled step by step charges and checks each instruction alone: the reference for code that is compiled in blocks.</summary>
public sealed class StepwiseTests : IDisposable
{
    // Mostly instructions that need little on the stack, so that programs go on for a while.
    private static readonly Gen<byte[]> Instruction = Gen.Frequency(
        (8, Gen.Choose(0, 255).Select(value => new[] { (byte)Opcode.Push1, (byte)value })),
        (3, Gen.Choose(0, 64).Select(value => new[] { (byte)Opcode.Push1, (byte)value })),
        (2, Gen.Choose(0, 255).Two().Select(pair => new[] { (byte)Opcode.Push2, (byte)(pair.Item1 & 1), (byte)pair.Item2 })),
        (1, Gen.Choose(0x60, 0x7f).SelectMany(push => Gen.Choose(0, 255).ArrayOf(push - 0x5f).Select(bytes => (byte[])[(byte)push, .. bytes.Select(b => (byte)b)]))),
        (10, Gen.Elements<Opcode>(
            Opcode.Add, Opcode.Sub, Opcode.Mul, Opcode.Div, Opcode.IsZero, Opcode.Lt, Opcode.And, Opcode.Not, Opcode.Shl, Opcode.Exp, Opcode.Dup1, Opcode.Dup2,
            Opcode.Gt, Opcode.Slt, Opcode.Sgt, Opcode.Eq, Opcode.Or, Opcode.Xor, Opcode.Shr, Opcode.Swap1, Opcode.Swap2, Opcode.Pop, Opcode.Pc, Opcode.Gas, Opcode.MSize, Opcode.Push0, Opcode.Caller, Opcode.ReturnDataSize).Select(op => new[] { (byte)op })),
        (6, Gen.Elements<Opcode>(Opcode.JumpDest, Opcode.JumpDest, Opcode.Jump, Opcode.JumpI, Opcode.JumpI).Select(op => new[] { (byte)op })),
        (4, Gen.Elements<Opcode>(
            Opcode.MStore, Opcode.MLoad, Opcode.MStore8, Opcode.SLoad, Opcode.SStore, Opcode.TLoad, Opcode.TStore, Opcode.Keccak256, Opcode.Log0, Opcode.Log1,
            Opcode.CallDataLoad, Opcode.CodeCopy, Opcode.ExtCodeSize, Opcode.Balance, Opcode.MCopy).Select(op => new[] { (byte)op })),
        (3, Gen.Elements<Opcode>(Opcode.Lt, Opcode.Gt, Opcode.Slt, Opcode.Sgt, Opcode.Eq, Opcode.Add).SelectMany(compare => Gen.Choose(0, 2).SelectMany(zeros =>
            Gen.Choose(0, 40).Select(target =>
                (byte[])[(byte)compare, .. Enumerable.Repeat((byte)Opcode.IsZero, zeros), (byte)Opcode.Push1, (byte)target, (byte)Opcode.JumpI, (byte)Opcode.JumpDest])))),
        (2, Gen.Elements<Opcode>(Opcode.Call, Opcode.StaticCall, Opcode.DelegateCall, Opcode.Create, Opcode.Create2).Select(op => (byte[])
            [0x5f, 0x5f, 0x5f, 0x5f, 0x5f, .. TestMachine.Contract.ToArray().Prepend((byte)Opcode.Push20), (byte)Opcode.Gas, (byte)op])),
        (1, Gen.Elements<Opcode>(Opcode.Stop, Opcode.Return, Opcode.Revert, Opcode.Invalid, Opcode.SelfDestruct).Select(op => new[] { (byte)op })),
        (1, Gen.Choose(0, 255).Select(value => new[] { (byte)value })));

    private readonly TestMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void Random_programs_end_alike_in_blocks_and_step_by_step() => Prop.ForAll(
        Instruction.NonEmptyListOf().Select(parts => parts.SelectMany(part => part).ToArray()).ToArbitrary(),
        Gen.Choose(0, 60_000).ToArbitrary(),
        (code, gas) =>
        {
            (ExecutionResult blocks, string changesOfBlocks) = Run(code, gas, tracer: null);
            (ExecutionResult steps, string changesOfSteps) = Run(code, gas, new StructLogTracer(new StructLogOptions { WithStack = false, WithStorage = false }));
            // Where a block stops for more than one reason, which of them is told differs; that it stops does not.
            Assert.Equal(blocks is ExecutionResult.Halted ? null : blocks, steps is ExecutionResult.Halted ? null : steps);
            Assert.Equal(changesOfSteps, changesOfBlocks);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(20_000));

    private (ExecutionResult Result, string Changes) Run(byte[] code, long gas, Tracer? tracer)
    {
        ExecutionResult result = _machine.Run(code, gas, tracer: tracer);
        long refund = _machine.Journal.Refund;
        int logs = _machine.Journal.Logs.Count;
        _machine.Journal.CommitTransaction();
        return (result, $"{refund} {logs} {Describe(_machine.Journal.TakeChanges())}");
    }

    private static string Describe(StateChanges changes) => string.Join('\n', changes.Accounts.OrderBy(pair => pair.Key).Select(pair =>
        $"{pair.Key} {pair.Value.After} {pair.Value.StorageCleared} {string.Join(',', (pair.Value.Storage ?? []).OrderBy(slot => slot.Key))}"));
}
