using Cloud.Execution.Pool;
using Cloud.Execution.State;
using Cloud.Protocol;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;

namespace Cloud.Execution.Tests.Pool;

/// <summary>A pool on a state in memory.</summary>
internal sealed class PoolFixture
{
    public static readonly UInt256 Rich = UInt256.Parse("1000000000000000000");

    public PoolFixture(PoolOptions? options = null, ulong baseFee = 10, params Wallet[] rich)
    {
        foreach (Wallet wallet in rich)
        {
            State.With(wallet.Address, 0, Rich);
        }

        Head = new PoolHead(0, BlockHash(0), State, baseFee, 30_000_000, Fork.Osaka);
        Pool = new TransactionPool(options ?? new PoolOptions(), Wallet.ChainId, Head, Senders, Time);
    }

    private MemoryState? _flashblockState;

    public MemoryState State { get; } = new();

    public ManualTime Time { get; } = new();

    public SenderCache Senders { get; } = new();

    public PoolHead Head { get; private set; }

    public TransactionPool Pool { get; }

    public static Hash256 BlockHash(ulong number) => Protocol.Crypto.Keccak256.Hash(BitConverter.GetBytes(number));

    public PoolAdmission.Added Accept(Transaction transaction) => Assert.IsType<PoolAdmission.Added>(Pool.Add(transaction));

    public T Refuse<T>(Transaction transaction)
        where T : PoolRefusal =>
        Assert.IsType<T>(Assert.IsType<PoolAdmission.Refused>(Pool.Add(transaction)).Reason);

    /// <summary>The state with other nonces; balances stay.</summary>
    public MemoryState WithNonces(params (Wallet Wallet, ulong Nonce)[] accounts)
    {
        MemoryState next = State.Copy();
        foreach ((Wallet wallet, ulong nonce) in accounts)
        {
            next.With(wallet.Address, nonce, next.Accounts.GetValueOrDefault(wallet.Address).Balance);
        }

        return next;
    }

    /// <summary>A flashblock that gives the pool exactly what has changed since the one before it.</summary>
    public PoolFlashblock Flashblock(int index, MemoryState state, params Transaction[] transactions)
    {
        IStateReader before = index == 0 ? Head.State : _flashblockState ?? Head.State;
        _flashblockState = state;
        return new PoolFlashblock(Head.Number + 1, index, transactions, state, [Changes((MemoryState)before, state)]);
    }

    public PoolBlock Seal(MemoryState state, params Transaction[] transactions)
    {
        PoolBlock block = new(Head.Number + 1, BlockHash(Head.Number + 1), transactions, [Changes((MemoryState)Head.State, state)]);
        Head = Head with { Number = block.Number, Hash = block.Hash, State = state };
        Pool.SetHead(Head, [], [block]);
        return block;
    }

    private static StateChanges Changes(MemoryState before, MemoryState after)
    {
        StateChanges changes = new();
        foreach ((Address address, Account account) in after.Accounts)
        {
            if (!before.TryGetAccount(address, out Account old) || old != account)
            {
                changes.For(address).After = account;
            }
        }

        return changes;
    }

    public void Reorg(PoolHead to, IReadOnlyList<PoolBlock> removed, IReadOnlyList<PoolBlock> added)
    {
        Head = to;
        Pool.SetHead(to, removed, added);
    }

    public List<Transaction> SelectAll(ulong? baseFee = null)
    {
        using PoolSelection selection = Pool.Select(baseFee ?? Head.BaseFeePerGas);
        List<Transaction> taken = [];
        while (selection.TryNext(out Transaction? transaction, out _))
        {
            taken.Add(transaction);
        }

        return taken;
    }
}
