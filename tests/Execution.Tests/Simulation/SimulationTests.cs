using Cloud.Execution.Evm;
using Cloud.Execution.Processing;
using Cloud.Execution.Simulation;
using Cloud.Execution.State;
using Cloud.Execution.Tests.Evm;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Tests.Simulation;

public sealed class SimulationTests : IDisposable
{
    private static readonly Address Sender = TestMachine.Caller;
    private static readonly Address Contract = TestMachine.Contract;
    private static readonly Address Other = TestMachine.Other;

    private static readonly BlockContext Block = new()
    {
        ChainId = 7, Number = 10, Timestamp = 1000, Coinbase = Address.Parse("0x00000000000000000000000000000000000000cb"), GasLimit = 30_000_000, BaseFee = 10,
    };

    private readonly MemoryState _state = new();
    private readonly BlockExecution _execution = new();

    public void Dispose() => _execution.Dispose();

    [Fact]
    public void Overrides_replace_balance_nonce_code_and_single_slots()
    {
        _state.Set(Contract, 1, default, new Code().Op(Opcode.Invalid), [KeyValuePair.Create((UInt256)1, (UInt256)11), KeyValuePair.Create((UInt256)2, (UInt256)22)]);
        byte[] sum = new Code().Push(1UL).Op(Opcode.SLoad).Push(2UL).Op(Opcode.SLoad, Opcode.Add, Opcode.SelfBalance, Opcode.Add).ReturnTop();
        Assert.Equal((UInt256)(100 + 22 + 1000), Call(new StateOverride { Code = sum, Balance = 1000, StateDiff = new Dictionary<UInt256, UInt256> { [1] = 100 } }));
        Assert.Equal((UInt256)100, Call(new StateOverride { Code = sum, State = new Dictionary<UInt256, UInt256> { [1] = 100 } }));
        OverlaidState overlaid = Overlay(Contract, new StateOverride { Nonce = 9 });
        Assert.True(overlaid.TryGetAccount(Contract, out Account account));
        Assert.Equal(9UL, account.Nonce);
        Assert.True(overlaid.HasStorage(Contract));
        Assert.False(Overlay(Contract, new StateOverride { State = new Dictionary<UInt256, UInt256>() }).HasStorage(Contract));
        Assert.Throws<ArgumentException>(() => Overlay(Contract, new StateOverride { State = new Dictionary<UInt256, UInt256>(), StateDiff = new Dictionary<UInt256, UInt256>() }));
    }

    [Fact]
    public void Block_overrides_reach_the_opcodes()
    {
        BlockOverride wanted = new() { Number = 99, Timestamp = 5, BaseFeePerGas = 3, FeeRecipient = Other, GasLimit = 77, BlockHashes = new Dictionary<ulong, Hash256> { [98] = Keccak256.Hash([1]) } };
        BlockContext block = wanted.Apply(Block);
        Assert.Equal(block with { Number = 10, Timestamp = 1000, BaseFee = 10, Coinbase = Block.Coinbase, GasLimit = 30_000_000, BlockHashes = null }, Block);
        _state.Set(Contract, 1, default, new Code().Push(98UL).Op(Opcode.BlockHash).ReturnTop());
        _execution.Open(_state, ForkRules.Osaka, (wanted with { GasLimit = null }).Apply(Block));
        Assert.Equal(Words.Of(Keccak256.Hash([1])), Output(_execution.Simulate(new TransactionFields { To = Contract, GasLimit = 100_000 }, Sender)));
    }

    [Fact]
    public void Kept_calls_see_what_earlier_ones_did()
    {
        // Returns what was stored before, and stores one more.
        _state.Set(Contract, 1, default, new Code().Push(0UL).Op(Opcode.SLoad, Opcode.Dup1).Push(1UL).Op(Opcode.Add).Push(0UL).Op(Opcode.SStore).ReturnTop());
        _execution.Open(_state, ForkRules.Osaka, Block);
        TransactionFields call = new() { To = Contract, GasLimit = 100_000 };
        Assert.Equal((UInt256)0, Output(_execution.Simulate(call, Sender, keep: true)));
        Assert.Equal((UInt256)1, Output(_execution.Simulate(call, Sender, keep: true)));
        Assert.Equal((UInt256)2, Output(_execution.Simulate(call, Sender)));
        Assert.Equal((UInt256)2, Output(_execution.Simulate(call, Sender)));
        Assert.True(_execution.GasUsed > 42_000);
        OverlaidState after = new(_state, _execution.TakeChanges());
        Assert.Equal((UInt256)2, after.GetStorage(Contract, default));
        _execution.Open(after, ForkRules.Osaka, Block);
        Assert.Equal((UInt256)2, Output(_execution.Simulate(call, Sender)));
    }

    [Fact]
    public void An_unsigned_transaction_is_checked_like_a_signed_one()
    {
        _state.Set(Sender, 3, (UInt256)1_000_000_000);
        _execution.Open(_state, ForkRules.Osaka, Block);
        TransactionFields transfer = new() { ChainId = 7, To = Other, GasLimit = 21_000, MaxFeePerGas = 10, Value = 1, Nonce = 2 };
        Assert.IsType<ExecutionRefusal.NonceTooLow>(Assert.IsType<TransactionResult.Refused>(_execution.ExecuteUnsigned(transfer, Sender)).Refusal);
        Assert.True(Assert.IsType<TransactionResult.Included>(_execution.ExecuteUnsigned(transfer with { Nonce = 3 }, Sender)).Receipt.Succeeded);
    }

    [Fact]
    public void A_transfer_is_estimated_at_21000()
    {
        _state.Set(Sender, 0, (UInt256)1_000_000);
        Assert.Equal(new GasEstimate.Found(21_000), Estimate(new TransactionFields { To = Other, Value = 5 }));
        Assert.IsType<GasEstimate.Refused>(Estimate(new TransactionFields { To = Other, Value = 5_000_000 }));
        Assert.Equal(new GasEstimate.ExceedsAllowance(20_000), Estimate(new TransactionFields { To = Other, MaxFeePerGas = 50 }));
    }

    [Fact]
    public void An_estimate_suffices_and_is_close_to_the_least_that_does()
    {
        // Clears slots, so that a refund hides what is needed in between, and calls a contract that needs its 63/64.
        Code clears = new();
        for (ulong i = 0; i < 12; i++)
        {
            clears.Push(0UL).Push(i).Op(Opcode.SStore);
        }

        clears.Call(Other);
        clears.Push((UInt256)(ulong)(clears.Length + 5), 2).Op(Opcode.JumpI, Opcode.Invalid, Opcode.JumpDest);
        _state.Set(Contract, 1, default, clears, Enumerable.Range(0, 12).Select(i => KeyValuePair.Create((UInt256)(ulong)i, UInt256.One)));
        _state.Set(Other, 1, default, new Code().Push(1UL).Push(0UL).Op(Opcode.SStore));
        TransactionFields call = new() { To = Contract };
        ulong found = Assert.IsType<GasEstimate.Found>(Estimate(call)).Gas;
        Assert.True(Succeeds(call, found));
        ulong least = found;
        while (Succeeds(call, least - 10))
        {
            least -= 10;
        }

        Assert.True(found - least <= (found * 15 / 1000) + 10, $"{found} is far above {least}");
    }

    [Fact]
    public void An_estimate_says_why_there_is_none()
    {
        _state.Set(Contract, 1, default, new Code().Push(7UL).Push(0UL).Op(Opcode.MStore).Push(32UL).Push(0UL).Op(Opcode.Revert));
        GasEstimate.Reverted reverted = Assert.IsType<GasEstimate.Reverted>(Estimate(new TransactionFields { To = Contract }));
        Assert.Equal((UInt256)7, UInt256.FromBigEndian(reverted.Output.Span));
        _state.Set(Contract, 1, default, new Code().Op(Opcode.Invalid));
        Assert.Equal(new GasEstimate.Halted(HaltReason.InvalidOpcode), Estimate(new TransactionFields { To = Contract }));
        _state.Set(Contract, 1, default, new Code().Op(Opcode.JumpDest).Push(0UL).Op(Opcode.Jump));
        Assert.Equal(new GasEstimate.ExceedsAllowance(1_000_000), Estimate(new TransactionFields { To = Contract }, cap: 1_000_000));
    }

    [Fact]
    public void An_access_list_has_what_is_touched_and_not_what_is_warm_anyway()
    {
        Address third = Address.Parse("0x00000000000000000000000000000000000000ee");
        _state.Set(Contract, 1, default, new Code().Push(5UL).Op(Opcode.SLoad).Push(third).Op(Opcode.Balance).Push(Sender).Op(Opcode.Balance).Push(4UL).Op(Opcode.Balance).Call(Other));
        _state.Set(Other, 1, default, new Code().Push(1UL).Push(6UL).Op(Opcode.SStore).Push(0UL).Push(0UL).Op(Opcode.Revert));
        AccessListResult.Found found = Assert.IsType<AccessListResult.Found>(
            AccessListCreator.Create(_execution, _state, ForkRules.Osaka, Block, new TransactionFields { To = Contract, GasLimit = 200_000 }, Sender));
        Assert.Equal([Contract, third, Other], found.AccessList.Select(entry => entry.Address));
        Assert.Equal([Words.ToHash(5)], found.AccessList[0].StorageKeys);
        Assert.Empty(found.AccessList[1].StorageKeys);
        Assert.Equal([Words.ToHash(6)], found.AccessList[2].StorageKeys);
        Assert.IsType<ExecutionResult.Succeeded>(found.Execution);
        Assert.IsType<AccessListResult.Refused>(
            AccessListCreator.Create(_execution, _state, ForkRules.Osaka, Block, new TransactionFields { To = Contract, GasLimit = 20_000 }, Sender));
    }

    private static UInt256 Output(TransactionResult result) =>
        UInt256.FromBigEndian(Assert.IsType<ExecutionResult.Succeeded>(Assert.IsType<TransactionResult.Included>(result).Execution).Output.Span);

    private OverlaidState Overlay(Address address, StateOverride wanted) =>
        new(_state, StateOverrides.ToChanges(_state, [KeyValuePair.Create(address, wanted)]));

    private UInt256 Call(StateOverride wanted)
    {
        _execution.Open(Overlay(Contract, wanted), ForkRules.Osaka, Block);
        return Output(_execution.Simulate(new TransactionFields { To = Contract, GasLimit = 1_000_000 }, Sender));
    }

    private GasEstimate Estimate(TransactionFields call, ulong cap = 50_000_000) => GasEstimator.Estimate(_execution, _state, ForkRules.Osaka, Block, call, Sender, cap);

    private bool Succeeds(TransactionFields call, ulong gas)
    {
        _execution.Open(_state, ForkRules.Osaka, Block);
        return _execution.Simulate(call with { GasLimit = gas }, Sender) is TransactionResult.Included { Execution: ExecutionResult.Succeeded };
    }
}
