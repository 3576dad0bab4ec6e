using Cloud.Execution.Evm;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Tests.Evm;

public sealed class VirtualMachineTests : IDisposable
{
    private readonly TestMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void Calls_nest_1024_deep_and_no_deeper()
    {
        // Each level adds one to slot 0 and calls itself; the deepest call that is refused pushes zero and changes nothing.
        Code code = new Code().Push(0UL).Op(Opcode.SLoad).Push(1UL).Op(Opcode.Add).Push(0UL).Op(Opcode.SStore).Call(TestMachine.Contract);
        Assert.IsType<ExecutionResult.Succeeded>(_machine.Run(code, gas: 1L << 50));
        _machine.Journal.CommitTransaction();
        Assert.Equal((UInt256)1025, _machine.Journal.TakeChanges().Accounts[TestMachine.Contract].Storage![0UL]);
    }

    [Fact]
    public void Creations_nest_without_native_recursion()
    {
        // Init code that copies itself to memory and creates from it.
        Code code = new Code().Op(Opcode.CodeSize).Push(0UL).Push(0UL).Op(Opcode.CodeCopy, Opcode.CodeSize).Push(0UL).Push(0UL).Op(Opcode.Create);
        Assert.IsType<ExecutionResult.Succeeded>(_machine.Run(code, gas: 1L << 50));
    }

    [Theory]
    [InlineData("0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    [InlineData("0x10000000000000000")]
    [InlineData("0xfffffffffffffff0")]
    [InlineData("0x7fffffffffffffff")]
    [InlineData("0x100000000")]
    public void A_memory_bomb_is_out_of_gas(string size)
    {
        UInt256 offset = UInt256.Parse(size);
        foreach (Code code in (Code[])
        [
            new Code().Push(1UL).Push(offset).Op(Opcode.MStore),
            new Code().Push(1UL).Push(offset).Op(Opcode.MStore8),
            new Code().Push(offset).Op(Opcode.MLoad),
            new Code().Push(offset).Push(0UL).Op(Opcode.Keccak256),
            new Code().Push(offset).Push(0UL).Push(0UL).Op(Opcode.CallDataCopy),
            new Code().Push(offset).Push(0UL).Push(0UL).Op(Opcode.MCopy),
            new Code().Push(1UL).Push(offset).Push(0UL).Op(Opcode.MCopy),
            new Code().Push(offset).Push(0UL).Op(Opcode.Log0),
            new Code().Push(offset).Push(0UL).Op(Opcode.Return),
            new Code().Push(1UL).Push(offset).Op(Opcode.Revert),
            new Code().Push(offset).Push(0UL).Push(0UL).Op(Opcode.Create),
            new Code().Push(offset).Push(0UL).Push(0UL).Push(0UL).Push(0UL).Push(TestMachine.Other).Op(Opcode.Gas, Opcode.Call),
            new Code().Push(0UL).Push(0UL).Push(1UL).Push(offset).Push(0UL).Push(TestMachine.Other).Op(Opcode.Gas, Opcode.Call),
        ])
        {
            Assert.Equal(new ExecutionResult.Halted(HaltReason.OutOfGas), _machine.Run(code, gas: 1L << 40));
        }
    }

    [Fact]
    public void Memory_costs_three_gas_a_word_and_a_square()
    {
        // 32 KiB: 1,024 words cost 3 * 1024 + 1024 * 1024 / 512, and the three instructions 3 each.
        Code code = new Code().Push(1UL).Push(32768UL - 32).Op(Opcode.MStore);
        long price = (3 * 1024) + (1024 * 1024 / 512) + 9;
        Assert.Equal(0, Assert.IsType<ExecutionResult.Succeeded>(_machine.Run(code, price)).GasLeft);
        Assert.Equal(new ExecutionResult.Halted(HaltReason.OutOfGas), _machine.Run(code, price - 1));
    }

    [Fact]
    public void A_stack_of_1024_words_is_full()
    {
        Code full = new();
        for (int i = 0; i < 1024; i++)
        {
            full.Push(0UL);
        }

        Assert.IsType<ExecutionResult.Succeeded>(_machine.Run(full));
        Assert.Equal(new ExecutionResult.Halted(HaltReason.StackOverflow), _machine.Run(full.Push(0UL)));

        // Across blocks: 1,001 words come from a loop, the block behind it pushes the rest.
        Code loop = new Code().Push(0UL).Op(Opcode.JumpDest, Opcode.Dup1).Push(1UL).Op(Opcode.Add, Opcode.Dup1).Push(1000UL).Op(Opcode.Gt).Push(1UL).Op(Opcode.JumpI);
        Opcode[] rest = Enumerable.Repeat(Opcode.Pc, 23).ToArray();
        Assert.IsType<ExecutionResult.Succeeded>(_machine.Run(new Code().Raw(loop).Op(rest)));
        Assert.Equal(new ExecutionResult.Halted(HaltReason.StackOverflow), _machine.Run(new Code().Raw(loop).Op(rest).Op(Opcode.Pc)));
    }

    [Theory]
    [InlineData(Opcode.Add, 1)]
    [InlineData(Opcode.Swap16, 16)]
    [InlineData(Opcode.Dup16, 15)]
    [InlineData(Opcode.Call, 6)]
    [InlineData(Opcode.Log4, 5)]
    public void A_missing_operand_underflows(Opcode opcode, int present)
    {
        Code code = new();
        for (int i = 0; i < present; i++)
        {
            code.Push(0UL);
        }

        Assert.Equal(new ExecutionResult.Halted(HaltReason.StackUnderflow), _machine.Run(code.Op(opcode)));
    }

    [Fact]
    public void A_jump_lands_on_a_JUMPDEST_or_halts()
    {
        Assert.IsType<ExecutionResult.Succeeded>(_machine.Run(new Code().Push(4UL).Op(Opcode.Jump, Opcode.Invalid, Opcode.JumpDest)));
        // In the operand of a PUSH, behind the end, no JUMPDEST, more than 64 bits; with the target known ahead and not.
        foreach (UInt256 target in (UInt256[])[(UInt256)5, (UInt256)1000, (UInt256)0, (UInt256.One << 64) + (UInt256)3, UInt256.MaxValue])
        {
            Code known = new Code().Push(target, 32).Op(Opcode.Jump).Push(0x5bUL);
            Code computed = new Code().Push(target, 32).Op(Opcode.Dup1, Opcode.Pop, Opcode.Jump).Push(0x5bUL);
            Assert.Equal(new ExecutionResult.Halted(HaltReason.InvalidJump), _machine.Run(known));
            Assert.Equal(new ExecutionResult.Halted(HaltReason.InvalidJump), _machine.Run(computed));
        }

        Assert.Equal(new ExecutionResult.Halted(HaltReason.InvalidJump), _machine.Run(new Code().Push(3UL).Op(Opcode.Jump).Raw((byte)Opcode.Push2, (byte)Opcode.JumpDest)));
        Assert.IsType<ExecutionResult.Succeeded>(_machine.Run(new Code().Push(0UL).Push(99UL).Op(Opcode.JumpI)));
        Assert.Equal(new ExecutionResult.Halted(HaltReason.InvalidJump), _machine.Run(new Code().Push(1UL).Push(99UL).Op(Opcode.JumpI)));
    }

    [Fact]
    public void Consecutive_JUMPDESTs_are_charged_from_the_one_jumped_to()
    {
        Code code = new Code().Push(6UL).Op(Opcode.Jump).Op(Opcode.Invalid, Opcode.JumpDest, Opcode.JumpDest, Opcode.JumpDest);
        Assert.Equal(1000 - 3 - 8 - 1, Assert.IsType<ExecutionResult.Succeeded>(_machine.Run(code, gas: 1000)).GasLeft);
    }

    [Fact]
    public void GAS_sees_what_was_charged_up_to_itself()
    {
        Code code = new Code().Push(1UL).Push(2UL).Op(Opcode.Add, Opcode.Pop, Opcode.Gas).ReturnTop();
        ExecutionResult.Succeeded result = Assert.IsType<ExecutionResult.Succeeded>(_machine.Run(code, gas: 1000));
        Assert.Equal((UInt256)(1000 - 3 - 3 - 3 - 2 - 2), UInt256.FromBigEndian(result.Output.Span));
    }

    [Fact]
    public void SSTORE_needs_more_than_the_stipend()
    {
        Code code = new Code().Push(0UL).Push(0UL).Op(Opcode.SStore);
        Assert.Equal(new ExecutionResult.Halted(HaltReason.OutOfGas), _machine.Run(code, gas: 4 + 2300));
        Assert.IsType<ExecutionResult.Succeeded>(_machine.Run(code, gas: 4 + 2301));
    }

    [Fact]
    public void Code_that_ends_inside_a_PUSH_continues_with_zeros()
    {
        byte[] code = [(byte)Opcode.Push1, 5, (byte)Opcode.Push32, 0xff];
        Assert.IsType<ExecutionResult.Succeeded>(_machine.Run(code));
        Assert.IsType<ExecutionResult.Succeeded>(_machine.Run([(byte)Opcode.Push4]));
        Assert.IsType<ExecutionResult.Succeeded>(_machine.Run([]));
    }

    [Fact]
    public void CLZ_is_undefined_before_Osaka()
    {
        Assert.Equal((UInt256)255, _machine.Result(new Code().Push(1UL).Op(Opcode.Clz)));
        Assert.Equal((UInt256)256, _machine.Result(new Code().Push(0UL).Op(Opcode.Clz)));
        using TestMachine prague = new(ForkRules.Prague);
        Assert.Equal(new ExecutionResult.Halted(HaltReason.InvalidOpcode), prague.Run(new Code().Push(1UL).Op(Opcode.Clz)));
    }

    [Fact]
    public void Nothing_changes_inside_a_static_call()
    {
        foreach (Code code in (Code[])
        [
            new Code().Push(0UL).Push(0UL).Op(Opcode.SStore),
            new Code().Push(0UL).Push(0UL).Op(Opcode.TStore),
            new Code().Push(0UL).Push(0UL).Op(Opcode.Log0),
            new Code().Push(0UL).Push(0UL).Push(0UL).Op(Opcode.Create),
            new Code().Push(0UL).Push(0UL).Push(0UL).Push(0UL).Op(Opcode.Create2),
            new Code().Push(0UL).Op(Opcode.SelfDestruct),
            new Code().Call(TestMachine.Caller, (UInt256)1),
        ])
        {
            _machine.State.Set(TestMachine.Other, 1, (UInt256)10, code);
            Code caller = new Code().Push(0UL).Push(0UL).Push(0UL).Push(0UL).Push(TestMachine.Other).Push(100_000UL).Op(Opcode.StaticCall);
            Assert.Equal(UInt256.Zero, _machine.Result(caller));
            Code plain = new Code().Push(0UL).Push(0UL).Push(0UL).Push(0UL).Push(0UL).Push(TestMachine.Other).Push(100_000UL).Op(Opcode.Call);
            Assert.Equal(UInt256.One, _machine.Result(plain));
        }
    }

    [Fact]
    public void Init_code_is_at_most_twice_the_longest_code()
    {
        byte[] Creator(int length) => new Code().Push((UInt256)(ulong)length).Push(0UL).Push(0UL).Op(Opcode.Create).ReturnTop();
        Assert.IsType<ExecutionResult.Succeeded>(_machine.Run(Creator(GasSchedule.MaxInitCodeSize)));
        Assert.Equal(new ExecutionResult.Halted(HaltReason.InitCodeTooLarge), _machine.Run(Creator(GasSchedule.MaxInitCodeSize + 1)));
    }

    [Theory]
    [InlineData(24_576, 0x00, HaltReason.None)]
    [InlineData(24_577, 0x00, HaltReason.CodeTooLarge)]
    [InlineData(1, 0xEF, HaltReason.InvalidCode)]
    public void Created_code_is_bounded_and_does_not_start_with_EF(int length, byte first, HaltReason expected)
    {
        byte[] initCode = new Code().Push(first).Push(0UL).Op(Opcode.MStore8).Push((UInt256)(ulong)length).Push(0UL).Op(Opcode.Return);
        ExecutionResult result = _machine.Call(to: null, input: initCode);
        Assert.Equal(expected, (result as ExecutionResult.Halted)?.Reason ?? HaltReason.None);
    }

    [Fact]
    public void Storing_created_code_costs_200_a_byte_or_fails()
    {
        byte[] initCode = new Code().Push(100UL).Push(0UL).Op(Opcode.Return);
        long price = 3 + 2 + 12 + (200 * 100);
        Assert.Equal(0, Assert.IsType<ExecutionResult.Succeeded>(_machine.Call(to: null, gas: price, input: initCode)).GasLeft);
        Assert.Equal(new ExecutionResult.Halted(HaltReason.CodeStoreOutOfGas), _machine.Call(to: null, gas: price - 1, input: initCode));
    }

    [Fact]
    public void Return_data_is_empty_at_first_and_bounded_afterwards()
    {
        Assert.Equal(UInt256.Zero, _machine.Result(new Code().Op(Opcode.ReturnDataSize)));
        Assert.Equal(
            new ExecutionResult.Halted(HaltReason.ReturnDataOutOfBounds), _machine.Run(new Code().Push(1UL).Push(0UL).Push(0UL).Op(Opcode.ReturnDataCopy)));
        _machine.State.Set(TestMachine.Other, 1, default, new Code().Push(0xabcdUL).ReturnTop());
        Assert.Equal((UInt256)32, _machine.Result(new Code().Call(TestMachine.Other).Op(Opcode.ReturnDataSize)));
        Code copy = new Code().Call(TestMachine.Other).Push(32UL).Push(0UL).Push(64UL).Op(Opcode.ReturnDataCopy).Push(64UL).Op(Opcode.MLoad);
        Assert.Equal((UInt256)0xabcd, _machine.Result(copy));
        // A creation that succeeds returns nothing.
        Assert.Equal(UInt256.Zero, _machine.Result(new Code().Call(TestMachine.Other).Push(0UL).Push(0UL).Push(0UL).Op(Opcode.Create, Opcode.Pop, Opcode.ReturnDataSize)));
    }

    [Fact]
    public void A_reverted_call_keeps_its_gas_and_undoes_the_rest()
    {
        _machine.State.Set(
            TestMachine.Other, 1, default, new Code().Push(7UL).Push(1UL).Op(Opcode.SStore).Push(8UL).Push(1UL).Op(Opcode.TStore).Push(0UL).Push(0UL).Op(Opcode.Revert));
        Code code = new Code().Push(0UL).Push(0UL).Push(0UL).Push(0UL).Push(TestMachine.Other).Push(50_000UL).Op(Opcode.DelegateCall, Opcode.Pop)
            .Push(1UL).Op(Opcode.SLoad).Push(1UL).Op(Opcode.TLoad, Opcode.Add);
        Assert.Equal(UInt256.Zero, _machine.Result(code));
    }

    [Fact]
    public void Block_hashes_reach_back_256_blocks()
    {
        _machine.Block = _machine.Block with { BlockHashes = new CountingHashes() };
        Assert.Equal((UInt256)999, _machine.Result(new Code().Push(999UL).Op(Opcode.BlockHash)));
        Assert.Equal((UInt256)744, _machine.Result(new Code().Push(744UL).Op(Opcode.BlockHash)));
        Assert.Equal(UInt256.Zero, _machine.Result(new Code().Push(743UL).Op(Opcode.BlockHash)));
        Assert.Equal(UInt256.Zero, _machine.Result(new Code().Push(1000UL).Op(Opcode.BlockHash)));
    }

    [Fact]
    public void Contract_addresses_are_those_of_the_yellow_paper()
    {
        // Known pairs of mainnet: creator and nonce 0 and 1; and a nonce of two bytes computed by RLP.
        Address creator = Address.Parse("0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0");
        Assert.Equal(Address.Parse("0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"), VirtualMachine.ContractAddress(creator, 0));
        Assert.Equal(Address.Parse("0x343c43a37d37dff08ae8c4a11544c718abb4fcf8"), VirtualMachine.ContractAddress(creator, 1));
        using Protocol.Rlp.RlpWriter writer = Protocol.Rlp.RlpWriter.Rent();
        foreach (ulong nonce in (ulong[])[0x7f, 0x80, 0xff, 0x100, 0x123456, ulong.MaxValue - 1])
        {
            writer.Clear();
            int list = writer.BeginList();
            writer.Write(creator);
            writer.Write(nonce);
            writer.EndList(list);
            Hash256 hash = Protocol.Crypto.Keccak256.Hash(writer.WrittenSpan);
            Assert.Equal(new Address(Hash256.AsSpan(in hash)[12..]), VirtualMachine.ContractAddress(creator, nonce));
        }
    }

    private sealed class CountingHashes : IBlockHashes
    {
        public Hash256 GetBlockHash(ulong number)
        {
            byte[] bytes = new byte[Hash256.Length];
            ((UInt256)number).WriteBigEndian(bytes);
            return new Hash256(bytes);
        }
    }
}
