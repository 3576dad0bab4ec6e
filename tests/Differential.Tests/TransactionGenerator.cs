using System.Collections.Immutable;
using Cloud.Execution.Evm;
using Cloud.Execution.Tests.Evm;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Differential.Tests;

/// <summary>Writes random transactions of all types: transfers, creations, calls of random programs and precompiled contracts, delegations.</summary>
internal sealed class TransactionGenerator
{
    public const ulong ChainId = 31337;
    public static readonly UInt256 Rich = UInt256.Parse("1000000000000000000000000");

    private const int Senders = 200;
    private const int Authorities = 60;
    private const int MaxContracts = 500;

    private readonly Random _random;
    private readonly ProgramGenerator _programs;
    private readonly PrecompileInputs _precompiles;
    private readonly List<Address> _contracts = [];

    public TransactionGenerator(Random random)
    {
        _random = random;
        _programs = new ProgramGenerator(random, AnyAddress);
        _precompiles = new PrecompileInputs(random);
        Wallets = [.. Enumerable.Range(0, Senders + Authorities).Select(number => new Wallet(number))];
    }

    /// <summary>All who may send. The last ones delegate, so that others can spend their money and use their nonces: their transactions may not count.</summary>
    public ImmutableArray<Wallet> Wallets { get; }

    /// <summary>Takes first byte of the input as the number of a precompiled contract (0: 0x100), calls it with the rest, and keeps everything that comes back.</summary>
    public static byte[] Forwarder { get; } = new Code()
        .Push(1UL).Op(Opcode.CallDataSize, Opcode.Sub).Push(1UL).Push(0UL).Op(Opcode.CallDataCopy)
        .Push(0UL).Push(0UL).Push(1UL).Op(Opcode.CallDataSize, Opcode.Sub).Push(0UL)
        .Push(0UL).Op(Opcode.CallDataLoad).Push(248UL).Op(Opcode.Shr, Opcode.Dup1, Opcode.IsZero).Push(8UL).Op(Opcode.Shl, Opcode.Or)
        .Op(Opcode.Gas, Opcode.StaticCall)
        .Op(Opcode.Gas).Push(1UL).Op(Opcode.SStore)
        .Op(Opcode.ReturnDataSize).Push(0UL).Push(0UL).Op(Opcode.ReturnDataCopy)
        .Op(Opcode.ReturnDataSize).Push(0UL).Op(Opcode.Log1).Op(Opcode.Stop);

    public static Address ForwarderAddress { get; } = Address.Parse("0x00000000000000000000000000000000f0a4da4d");

    /// <summary>The next transaction that should count.</summary>
    public Transaction Next(in UInt256 baseFee)
    {
        Wallet sender = Wallets[_random.Next(40) == 0 ? _random.Next(Wallets.Length) : _random.Next(Senders)];
        TransactionFields fields = _random.Next(100) switch
        {
            < 22 => Transfer(),
            < 42 => Creation(),
            < 52 => Precompile(),
            < 60 => Delegation(sender),
            _ => Call(),
        };
        ulong authorized = (ulong)fields.Authorizations.Count(authorization => authorization.TryRecoverAuthority(out Address authority) && authority == sender.Address);
        fields = WithPrice(fields, in baseFee) with { Nonce = sender.Nonce };
        ulong minimum = IntrinsicGas.Of(fields, Cloud.Protocol.Fork.Osaka).Minimum;
        fields = fields with { GasLimit = minimum + fields.GasLimit };
        sender.Nonce += 1 + authorized;
        return fields.Sign(sender.Key);
    }

    /// <summary>A transaction that no block may hold.</summary>
    public Transaction NextInvalid(in UInt256 baseFee)
    {
        Wallet sender = Wallets[_random.Next(Senders)];
        TransactionFields fields = new()
        {
            ChainId = ChainId, Nonce = sender.Nonce, MaxFeePerGas = baseFee + (UInt256)1000, MaxPriorityFeePerGas = 1, GasLimit = 100_000, To = AnyAddress(),
        };
        fields = _random.Next(8) switch
        {
            0 when sender.Nonce > 0 => fields with { Nonce = sender.Nonce - 1 },
            1 => fields with { GasLimit = (ulong)_random.Next(21_000) },
            2 => fields with { Value = Rich * (UInt256)2 },
            3 => fields with { To = null, Data = _programs.Bytes(TransactionFields.MaxInitCodeLength + 1), GasLimit = 5_000_000 },
            4 => fields with { MaxPriorityFeePerGas = fields.MaxFeePerGas + UInt256.One },
            5 => fields with { GasLimit = TransactionFields.MaxGasLimit + 1 },
            6 => fields with { Data = Enumerable.Repeat((byte)1, 4000).ToArray(), GasLimit = 21_000 + (4000 * 16) + 1 },
            _ => fields with { ChainId = ChainId + 1 },
        };
        return fields.Sign(sender.Key);
    }

    /// <summary>A contract that was created can be called from now on.</summary>
    public void Add(in Address contract)
    {
        if (_contracts.Count < MaxContracts)
        {
            _contracts.Add(contract);
        }
        else
        {
            _contracts[_random.Next(MaxContracts)] = contract;
        }
    }

    private Address AnyAddress()
    {
        switch (_random.Next(20))
        {
            case < 2:
                return Wallets[_random.Next(Wallets.Length)].Address;
            case 2 or 3:
                return Wallets[Senders + _random.Next(Authorities)].Address;
            case 4:
                byte[] low = new byte[Address.Length];
                low[19] = (byte)_random.Next(24);
                return new Address(low);
            case 5:
                return new Address(_programs.Bytes(Address.Length));
            default:
                return _contracts.Count == 0 ? ForwarderAddress : _contracts[_random.Next(_contracts.Count)];
        }
    }

    private TransactionFields Transfer() => new() { To = AnyAddress(), Value = SomeValue(), GasLimit = _random.Next(3) == 0 ? 0 : SomeGas() };

    private TransactionFields Creation() => new() { Data = _programs.InitCode(), Value = _random.Next(4) == 0 ? SomeValue() : UInt256.Zero, GasLimit = 100_000 + (2 * SomeGas()) };

    private TransactionFields Call() => new()
    {
        To = AnyAddress(), Data = SomeData(), Value = _random.Next(3) == 0 ? SomeValue() : UInt256.Zero, GasLimit = SomeGas(),
    };

    private TransactionFields Precompile()
    {
        (int number, byte[] input) = _precompiles.Next();
        return new TransactionFields { To = ForwarderAddress, Data = (byte[])[(byte)number, .. input], GasLimit = _random.Next(8) == 0 ? SomeGas() : 600_000 };
    }

    private TransactionFields Delegation(Wallet sender)
    {
        ImmutableArray<Authorization>.Builder authorizations = ImmutableArray.CreateBuilder<Authorization>();
        int count = _random.Next(1, 4);
        for (int i = 0; i < count; i++)
        {
            bool self = _random.Next(12) == 0;
            Wallet authority = self ? sender : Wallets[Senders + _random.Next(Authorities)];
            Address target = _random.Next(8) == 0 ? Address.Zero : AnyAddress();
            ulong chain = _random.Next(10) switch { 0 => ChainId + 1, < 4 => 0, _ => ChainId };
            ulong nonce = authority.Nonce + (self ? 1UL : 0);
            if (_random.Next(10) == 0)
            {
                nonce += (ulong)_random.Next(1, 3);
            }
            else if (!self && chain != ChainId + 1)
            {
                authority.Nonce++;
            }

            authorizations.Add(Authorization.Sign(chain, target, nonce, authority.Key));
            if (self)
            {
                break;
            }
        }

        return Call() with { Type = TransactionType.SetCode, Authorizations = authorizations.ToImmutable() };
    }

    private TransactionFields WithPrice(TransactionFields fields, in UInt256 baseFee)
    {
        TransactionType type = fields.Type == TransactionType.SetCode
            ? fields.Type
            : (TransactionType)_random.Next(3);
        UInt256 cap = (baseFee * (UInt256)2) + (UInt256)(ulong)_random.Next(1_000_000, 2_000_000);
        return fields with
        {
            Type = type,
            ChainId = type == TransactionType.Legacy && _random.Next(6) == 0 ? null : ChainId,
            MaxFeePerGas = cap,
            MaxPriorityFeePerGas = type <= TransactionType.AccessList ? cap : (UInt256)(ulong)_random.Next(1_000_000),
            AccessList = type == TransactionType.Legacy || _random.Next(3) > 0 ? [] : SomeAccessList(),
        };
    }

    private ImmutableArray<AccessListEntry> SomeAccessList()
    {
        ImmutableArray<AccessListEntry>.Builder list = ImmutableArray.CreateBuilder<AccessListEntry>();
        for (int i = _random.Next(5); i > 0; i--)
        {
            list.Add(new AccessListEntry(AnyAddress(), [.. Enumerable.Range(0, _random.Next(5)).Select(_ => Words.ToHash((UInt256)(ulong)_random.Next(9)))]));
        }

        return list.ToImmutable();
    }

    private UInt256 SomeValue() => _random.Next(4) switch { 0 => UInt256.Zero, 1 => (UInt256)(ulong)_random.Next(10), _ => (UInt256)(ulong)_random.NextInt64() };

    private ulong SomeGas() => _random.Next(12) switch
    {
        0 => (ulong)_random.Next(3_000),
        1 => (ulong)_random.Next(30_000),
        2 or 3 => (ulong)_random.Next(2_000_000),
        _ => (ulong)_random.Next(200_000, 600_000),
    };

    private byte[] SomeData() => _random.Next(3) switch
    {
        0 => [],
        1 => _programs.Bytes(_random.Next(100)),
        _ => [.. Enumerable.Range(0, _random.Next(1, 6)).SelectMany(_ => Words.ToHash(_programs.Value()).ToArray())],
    };
}
