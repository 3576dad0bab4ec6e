using Cloud.Execution.Evm;
using Cloud.Execution.Processing;
using Cloud.Execution.State;
using Cloud.Execution.Tests.Evm;
using Cloud.Protocol;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Tests.Processing;

public sealed class BlockExecutionTests : IDisposable
{
    private static readonly byte[] Key = [.. Enumerable.Repeat((byte)7, 32)];
    private static readonly byte[] OtherKey = [.. Enumerable.Repeat((byte)9, 32)];
    private static readonly Address Sender = AddressOf(Key);
    private static readonly Address Authority = AddressOf(OtherKey);
    private static readonly Address Coinbase = Address.Parse("0x00000000000000000000000000000000000000cb");
    private static readonly Address Contract = TestMachine.Contract;
    private static readonly UInt256 Ether = (UInt256)1_000_000_000_000_000_000;

    private static readonly BlockContext Block = new()
    {
        ChainId = 7, Number = 10, Timestamp = 1000, Coinbase = Coinbase, GasLimit = 30_000_000, BaseFee = 10,
    };

    private readonly MemoryState _state = new();
    private readonly BlockExecution _execution = new();

    public BlockExecutionTests() => _state.Set(Sender, 0, Ether);

    private static TransactionFields Transfer => new()
    {
        ChainId = 7, Nonce = 0, MaxFeePerGas = 20, MaxPriorityFeePerGas = 3, GasLimit = 21_000, To = TestMachine.Other, Value = 5,
    };

    public void Dispose() => _execution.Dispose();

    [Fact]
    public void A_transfer_pays_base_fee_and_tip()
    {
        TransactionResult.Included result = Include(Transfer);
        Assert.Equal(21_000UL, result.GasUsed);
        Assert.Equal((UInt256)13, result.EffectiveGasPrice);
        Assert.Equal(Ether - (UInt256)(5 + (13 * 21_000)), Account(Sender).Balance);
        Assert.Equal(1UL, Account(Sender).Nonce);
        Assert.Equal((UInt256)5, Account(TestMachine.Other).Balance);
        Assert.Equal((UInt256)(3 * 21_000), Account(Coinbase).Balance);
    }

    [Fact]
    public void Refusals_start_with_the_texts_of_Ethereum_clients()
    {
        _state.Set(Authority, 0, (UInt256)100_000);
        _state.Set(Contract, 1, default, [0]);
        Assert.StartsWith("nonce too low: address", Refuse(Transfer with { Nonce = 0 }, before: execution => execution.Execute(Sign(Transfer))), StringComparison.Ordinal);
        Assert.StartsWith("nonce too high: address", Refuse(Transfer with { Nonce = 4 }), StringComparison.Ordinal);
        Assert.StartsWith("max fee per gas less than block base fee: address", Refuse(Transfer with { MaxFeePerGas = 9 }), StringComparison.Ordinal);
        Assert.StartsWith("max priority fee per gas higher than max fee per gas", Refuse(Transfer with { MaxPriorityFeePerGas = 21 }), StringComparison.Ordinal);
        Assert.StartsWith("intrinsic gas too low", Refuse(Transfer with { GasLimit = 20_999 }), StringComparison.Ordinal);
        Assert.StartsWith("insufficient funds for gas * price + value: address", Refuse(Transfer with { Value = Ether }), StringComparison.Ordinal);
        Assert.StartsWith("insufficient funds for gas * price + value: address", Refuse(Transfer with { Value = UInt256.MaxValue }), StringComparison.Ordinal);
        Assert.StartsWith("transaction gas limit too high", Refuse(Transfer with { GasLimit = (1 << 24) + 1 }), StringComparison.Ordinal);
        Assert.StartsWith("gas limit reached", Refuse(Transfer with { GasLimit = 30_000 }, block: Block with { GasLimit = 29_999 }), StringComparison.Ordinal);
        Assert.StartsWith("max initcode size exceeded", Refuse(Transfer with { To = null, Data = new byte[49_153], GasLimit = 2_000_000 }), StringComparison.Ordinal);
        Assert.StartsWith("insufficient gas for floor data gas cost", Refuse(Transfer with { Data = Ones(100), GasLimit = 21_000 + (16 * 100) }), StringComparison.Ordinal);

        _execution.Open(_state, ForkRules.Osaka, Block);
        ExecutionRefusal contract = Assert.IsType<TransactionResult.Refused>(_execution.Execute(Transfer, Contract, null, null, true)).Refusal;
        Assert.IsType<ExecutionRefusal.NonceTooLow>(contract);
        contract = Assert.IsType<TransactionResult.Refused>(_execution.Execute(Transfer with { Nonce = 1 }, Contract, null, null, true)).Refusal;
        Assert.StartsWith("sender not an eoa: address", contract.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refused_transaction_leaves_nothing()
    {
        _execution.Open(_state, ForkRules.Osaka, Block);
        Assert.IsType<TransactionResult.Refused>(_execution.Execute(Sign(Transfer with { Nonce = 1 })));
        Assert.Empty(_execution.TakeChanges().Accounts);
        Assert.Equal(0UL, _execution.GasUsed);
    }

    [Fact]
    public void The_gas_cap_of_a_transaction_begins_with_Osaka()
    {
        TransactionFields large = Transfer with { GasLimit = (1 << 24) + 1 };
        Assert.IsType<TransactionResult.Included>(Run(large, ForkRules.Prague));
        Assert.IsType<TransactionResult.Refused>(Run(large, ForkRules.Osaka));
    }

    [Fact]
    public void Calldata_has_a_floor_price_from_Prague_on()
    {
        TransactionFields data = Transfer with { Data = Ones(1000), GasLimit = 100_000 };
        Assert.Equal(21_000UL + (16 * 1000), Assert.IsType<TransactionResult.Included>(Run(data, ForkRules.Cancun)).GasUsed);
        Assert.Equal(21_000UL + (40 * 1000), Assert.IsType<TransactionResult.Included>(Run(data, ForkRules.Prague)).GasUsed);
    }

    [Fact]
    public void At_most_a_fifth_of_the_gas_is_refunded()
    {
        Code clear = new();
        for (ulong i = 0; i < 20; i++)
        {
            clear.Push(0UL).Push(i).Op(Opcode.SStore);
        }

        _state.Set(Contract, 1, default, clear, Enumerable.Range(0, 20).Select(i => KeyValuePair.Create((UInt256)(ulong)i, UInt256.One)));
        ulong gross = 21_000 + (20 * 5000) + 2 + 3 + (19 * (2 + 3)) - 1;
        TransactionResult.Included result = Include(Transfer with { To = Contract, Value = default, GasLimit = 500_000 });
        Assert.Equal(gross - (gross / 5), result.GasUsed);
        Assert.False(_state.HasStorage(Contract));
    }

    [Fact]
    public void A_failed_transaction_can_be_left_out_without_a_trace()
    {
        _state.Set(Contract, 1, default, new Code().Push(1UL).Push(0UL).Op(Opcode.SStore).Push(0UL).Push(0UL).Op(Opcode.Revert));
        Transaction failing = Sign(Transfer with { To = Contract, GasLimit = 100_000 });
        _execution.Open(_state, ForkRules.Osaka, Block);
        Assert.IsType<TransactionResult.Discarded>(_execution.Execute(failing, keepFailed: false));
        Assert.Empty(_execution.TakeChanges().Accounts);
        TransactionResult.Included kept = Assert.IsType<TransactionResult.Included>(_execution.Execute(failing));
        Assert.False(kept.Receipt.Succeeded);
        Assert.Equal(2, _execution.TakeChanges().Accounts.Count);
    }

    [Fact]
    public void Changes_of_prefixes_add_up_to_the_changes_of_the_block()
    {
        _state.Set(Contract, 1, default, new Code().Op(Opcode.Number).Push(0UL).Op(Opcode.SLoad).Push(1UL).Op(Opcode.Add, Opcode.Dup1).Push(0UL).Op(Opcode.SStore, Opcode.SStore));
        MemoryState whole = new();
        whole.Set(Sender, 0, Ether);
        whole.Set(Contract, 1, default, _state.GetCode(Account(Contract).CodeHash).ToArray());
        using BlockExecution other = new();
        other.Open(whole, ForkRules.Osaka, Block);
        _execution.Open(_state, ForkRules.Osaka, Block);
        List<StateChanges> parts = [];
        for (ulong nonce = 0; nonce < 9; nonce++)
        {
            Transaction transaction = Sign(Transfer with { Nonce = nonce, To = nonce % 3 == 0 ? TestMachine.Other : Contract, GasLimit = 100_000 });
            Assert.IsType<TransactionResult.Included>(_execution.Execute(transaction));
            Assert.IsType<TransactionResult.Included>(other.Execute(transaction));
            if (nonce % 2 == 0)
            {
                parts.Add(_execution.TakeChanges());
            }
        }

        Assert.Equal(5, parts.Count);
        parts.ForEach(_state.Apply);
        whole.Apply(other.TakeChanges());
        Assert.Equal(whole.Root(), _state.Root());
        Assert.Empty(_execution.TakeChanges().Accounts);
    }

    [Fact]
    public void A_deposit_mints_and_calls_without_a_fee()
    {
        _state.Set(Contract, 1, default, new Code().Op(Opcode.CallValue).Push(0UL).Op(Opcode.SStore));
        TransactionResult.Included result = Deposit(new() { GasLimit = 100_000, To = Contract, Value = 40 }, mint: 100);
        Assert.True(result.Receipt.Succeeded);
        Assert.Equal(0UL, result.Receipt.DepositNonce);
        Assert.Equal(1UL, result.Receipt.DepositReceiptVersion);
        Assert.Equal((UInt256)60, Account(Authority).Balance);
        Assert.Equal(1UL, Account(Authority).Nonce);
        Assert.Equal((UInt256)40, _state.GetStorage(Contract, default));
        Assert.False(_state.TryGetAccount(Coinbase, out _));
    }

    [Theory]
    [InlineData(1000, 100_000, 100_000)]
    [InlineData(40, 20_000, 20_000)]
    [InlineData(40, 40_000_000, 30_000_000)]
    public void A_deposit_that_cannot_run_is_a_failed_receipt_and_keeps_its_mint(int value, int gasLimit, int gasUsed)
    {
        TransactionResult.Included result = Deposit(new() { GasLimit = (ulong)gasLimit, To = Contract, Value = (UInt256)(ulong)value }, mint: 100);
        Assert.False(result.Receipt.Succeeded);
        Assert.Equal((ulong)gasUsed, result.GasUsed);
        Assert.Equal((UInt256)100, Account(Authority).Balance);
        Assert.Equal(1UL, Account(Authority).Nonce);
    }

    [Fact]
    public void A_deposit_whose_call_fails_keeps_its_mint()
    {
        _state.Set(Contract, 1, default, new Code().Op(Opcode.Invalid));
        TransactionResult.Included result = Deposit(new() { GasLimit = 100_000, To = Contract, Value = 40 }, mint: 100);
        Assert.False(result.Receipt.Succeeded);
        Assert.Equal(100_000UL, result.GasUsed);
        Assert.Equal((UInt256)100, Account(Authority).Balance);
    }

    [Fact]
    public void An_authorization_makes_an_account_run_other_code()
    {
        _state.Set(Contract, 1, default, new Code().Op(Opcode.Address).Push(0UL).Op(Opcode.SStore));
        TransactionFields fields = Transfer with
        {
            Type = TransactionType.SetCode, To = Authority, Value = default, GasLimit = 200_000, Authorizations = [Authorization.Sign(7, Contract, 0, OtherKey)],
        };
        TransactionResult.Included result = Include(fields);
        Assert.True(result.Receipt.Succeeded);
        Assert.Equal(Words.Of(Authority), _state.GetStorage(Authority, default));
        Assert.Equal((byte[])[0xef, 0x01, 0x00, .. Contract.ToArray()], _state.GetCode(Account(Authority).CodeHash).ToArray());
        Assert.Equal(1UL, Account(Authority).Nonce);

        // A delegated account may still send, and may take its permission back.
        _state.Set(Authority, 1, Ether, _state.GetCode(Account(Authority).CodeHash).ToArray());
        _execution.Open(_state, ForkRules.Osaka, Block);
        Transaction back = (fields with { Nonce = 1, To = TestMachine.Other, Authorizations = [Authorization.Sign(default, Address.Zero, 2, OtherKey)] }).Sign(OtherKey);
        Assert.IsType<TransactionResult.Included>(_execution.Execute(back));
        _state.Apply(_execution.TakeChanges());
        Assert.Equal(Keccak256.OfEmpty, Account(Authority).CodeHash);
        Assert.Equal(3UL, Account(Authority).Nonce);
    }

    [Fact]
    public void An_authorization_that_does_not_hold_is_skipped()
    {
        _state.Set(Contract, 1, default, new Code().Op(Opcode.Stop));
        TransactionFields fields = Transfer with
        {
            Type = TransactionType.SetCode, GasLimit = 200_000,
            Authorizations =
            [
                Authorization.Sign(8, Contract, 0, OtherKey),
                Authorization.Sign(7, Contract, 1, OtherKey),
                Authorization.Sign(7, Contract, 0, OtherKey) with { Signature = default },
            ],
        };
        TransactionResult.Included result = Include(fields);
        Assert.Equal(21_000UL + (3 * 25_000), result.GasUsed);
        Assert.False(_state.TryGetAccount(Authority, out _));
    }

    [Fact]
    public void An_authorization_of_an_account_that_exists_is_refunded_in_part()
    {
        _state.Set(Authority, 0, UInt256.One);
        TransactionFields fields = Transfer with
        {
            Type = TransactionType.SetCode, GasLimit = 200_000, Authorizations = [Authorization.Sign(7, Contract, 0, OtherKey)],
        };
        Assert.Equal(21_000UL + 25_000 - ((21_000 + 25_000) / 5), Include(fields).GasUsed);
    }

    [Fact]
    public void A_contract_is_deleted_only_by_the_transaction_that_creates_it()
    {
        _state.Set(Contract, 1, (UInt256)9, new Code().Push(TestMachine.Other).Op(Opcode.SelfDestruct), [KeyValuePair.Create(UInt256.One, UInt256.One)]);
        Include(Transfer with { To = Contract, Value = default, GasLimit = 100_000 });
        Assert.Equal((UInt256)9, Account(TestMachine.Other).Balance);
        Assert.Equal(UInt256.One, _state.GetStorage(Contract, UInt256.One));

        byte[] initCode = new Code().Push(1UL).Push(1UL).Op(Opcode.SStore).Push(TestMachine.Other).Op(Opcode.SelfDestruct);
        TransactionResult.Included created = Include(Transfer with { Nonce = 1, To = null, Value = 3, Data = initCode, GasLimit = 200_000 });
        Assert.Equal((UInt256)12, Account(TestMachine.Other).Balance);
        Assert.False(_state.TryGetAccount(created.Created!.Value, out _));
        Assert.False(_state.HasStorage(created.Created!.Value));
    }

    [Fact]
    public void System_calls_reach_their_contracts_at_the_start_of_a_block()
    {
        byte[] store = new Code().Push(0UL).Op(Opcode.CallDataLoad).Push(0UL).Op(Opcode.SStore, Opcode.Caller).Push(1UL).Op(Opcode.SStore);
        _state.Set(SystemContracts.BeaconRoots, 1, default, store);
        _state.Set(SystemContracts.BlockHashHistory, 1, default, store);
        Hash256 parent = Keccak256.Hash([1]);
        Hash256 root = Keccak256.Hash([2]);
        _execution.Open(_state, ForkRules.Osaka, Block);
        _execution.RunSystemCalls(parent, root);
        _state.Apply(_execution.TakeChanges());
        Assert.Equal(Words.Of(root), _state.GetStorage(SystemContracts.BeaconRoots, default));
        Assert.Equal(Words.Of(parent), _state.GetStorage(SystemContracts.BlockHashHistory, default));
        Assert.Equal(Words.Of(SystemContracts.Caller), _state.GetStorage(SystemContracts.BlockHashHistory, UInt256.One));
        Assert.False(_state.TryGetAccount(SystemContracts.Caller, out _));
        Assert.Equal(0UL, _execution.GasUsed);
    }

    [Fact]
    public void A_simulated_call_needs_no_funds_for_gas_and_leaves_nothing()
    {
        _state.Set(Contract, 1, default, new Code().Push(1UL).Push(0UL).Op(Opcode.SStore, Opcode.Caller).ReturnTop());
        _execution.Open(_state, ForkRules.Osaka, Block);
        TransactionFields call = new() { To = Contract, GasLimit = 1_000_000 };
        TransactionResult.Included result = Assert.IsType<TransactionResult.Included>(_execution.Simulate(call, Authority));
        Assert.Equal(Words.Of(Authority), UInt256.FromBigEndian(Assert.IsType<ExecutionResult.Succeeded>(result.Execution).Output.Span));
        Assert.Empty(_execution.TakeChanges().Accounts);
        Assert.IsType<ExecutionRefusal.InsufficientFunds>(Assert.IsType<TransactionResult.Refused>(_execution.Simulate(call with { Value = 1 }, Authority)).Refusal);
    }

    [Fact]
    public void Forks_follow_their_times()
    {
        ChainConfig config = new() { ChainId = 7, PragueTime = 100, OsakaTime = 200 };
        Assert.Equal([Fork.Cancun, Fork.Prague, Fork.Prague, Fork.Osaka], new ulong[] { 99, 100, 199, 200 }.Select(config.ForkAt));
        Assert.Equal(Fork.Osaka, new ChainConfig { ChainId = 7 }.ForkAt(0));
        Assert.Equal(Fork.Cancun, new ChainConfig { ChainId = 7, PragueTime = null, OsakaTime = null }.ForkAt(ulong.MaxValue));
    }

    private static byte[] Ones(int count) => [.. Enumerable.Repeat((byte)1, count)];

    private static Address AddressOf(byte[] key) => Secp256k1.TryGetAddress(key, out Address address) ? address : throw new ArgumentException("No key.", nameof(key));

    private static Transaction Sign(TransactionFields fields) => fields.Sign(Key);

    private Account Account(Address address) => _state.TryGetAccount(address, out Account account) ? account : throw new InvalidOperationException($"{address} does not exist.");

    private TransactionResult Run(TransactionFields fields, ForkRules rules)
    {
        _execution.Open(_state, rules, Block);
        return _execution.Execute(Sign(fields));
    }

    private TransactionResult.Included Include(TransactionFields fields)
    {
        TransactionResult.Included result = Assert.IsType<TransactionResult.Included>(Run(fields, ForkRules.Osaka));
        _state.Apply(_execution.TakeChanges());
        return result;
    }

    private TransactionResult.Included Deposit(TransactionFields fields, ulong mint)
    {
        fields = fields with { Type = TransactionType.Deposit, Deposit = new DepositFields(Keccak256.Hash([3]), Authority, mint, IsSystem: false) };
        _execution.Open(_state, ForkRules.Osaka, Block);
        TransactionResult.Included result = Assert.IsType<TransactionResult.Included>(_execution.Execute(new Transaction(fields, default)));
        _state.Apply(_execution.TakeChanges());
        return result;
    }

    private string Refuse(TransactionFields fields, Action<BlockExecution>? before = null, BlockContext? block = null)
    {
        _execution.Open(_state, ForkRules.Osaka, block ?? Block);
        before?.Invoke(_execution);
        return Assert.IsType<TransactionResult.Refused>(_execution.Execute(Sign(fields))).Refusal.Message;
    }
}
