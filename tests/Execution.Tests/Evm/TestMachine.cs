using Cloud.Execution.Evm;
using Cloud.Execution.Journal;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Tests.Evm;

/// <summary>A machine on a small state, for tests of bytecode.</summary>
internal sealed class TestMachine : IDisposable
{
    public static readonly Address Caller = Address.Parse("0x00000000000000000000000000000000000000ca");
    public static readonly Address Contract = Address.Parse("0x00000000000000000000000000000000000000cc");
    public static readonly Address Other = Address.Parse("0x00000000000000000000000000000000000000dd");

    private readonly VirtualMachine _machine;

    public TestMachine(ForkRules? rules = null)
    {
        _machine = new VirtualMachine(rules ?? ForkRules.Osaka);
        State.Set(Caller, 0, (UInt256)1_000_000_000);
    }

    public MemoryState State { get; } = new();

    public JournaledState Journal { get; } = new();

    public BlockContext Block { get; set; } = new()
    {
        ChainId = 7, Number = 1000, Timestamp = 1234, Coinbase = Address.Parse("0x00000000000000000000000000000000000000cb"), GasLimit = 30_000_000, BaseFee = 9,
    };

    public ExecutionResult Run(byte[] code, long gas = 10_000_000, byte[]? input = null, Tracer? tracer = null, UInt256 value = default)
    {
        State.Set(Contract, 1, (UInt256)1000, code);
        return Call(Contract, gas, input, tracer, value);
    }

    public ExecutionResult Call(Address? to, long gas = 10_000_000, byte[]? input = null, Tracer? tracer = null, UInt256 value = default)
    {
        Journal.Open(State);
        _machine.SetBlock(Journal, Block);
        _machine.SetTransaction(new TransactionContext(Caller, 11, []), tracer);
        return _machine.Execute(new Message(Caller, to, value, input, gas));
    }

    /// <summary>The word that the code leaves on top of the stack.</summary>
    public UInt256 Result(Code code)
    {
        ExecutionResult result = Run(code.ReturnTop());
        return result is ExecutionResult.Succeeded succeeded ? UInt256.FromBigEndian(succeeded.Output.Span) : throw new InvalidOperationException(result.ToString());
    }

    public void Dispose() => _machine.Dispose();
}
