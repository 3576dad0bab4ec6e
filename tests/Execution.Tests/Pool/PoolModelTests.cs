using System.Numerics;
using Cloud.Execution.Pool;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Execution.Tests.Pool;

public sealed class PoolModelTests
{
    private const ulong BaseFee = 10;

    private static readonly Wallet[] Wallets = [.. Enumerable.Range(50, 4).Select(number => new Wallet(number))];
    private static readonly Dictionary<(int, ulong, ulong, ulong, int, int), Transaction> Signed = [];

    private static readonly PoolOptions Small = new()
    {
        MaxTransactions = 9,
        MaxQueued = 4,
        MaxPerSender = 5,
        MaxQueuedPerSender = 3,
        MaxTransactionBytes = 1000,
        MaxBytesPerSender = 1100,
        MaxBytes = 2200,
    };

    [Fact]
    public void The_pool_does_what_a_plain_list_with_the_same_rules_does() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(400), Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed => Run(new Random(seed))));

    private static void Run(Random random)
    {
        Simulation simulation = new(random);
        for (int step = 0; step < 60; step++)
        {
            simulation.Step();
            simulation.Compare();
        }
    }

    private static Transaction Sign(int wallet, ulong nonce, ulong tip, ulong cap, int value, int data)
    {
        if (!Signed.TryGetValue((wallet, nonce, tip, cap, value, data), out Transaction? transaction))
        {
            transaction = Wallets[wallet].Send(nonce, tip, cap, (ulong)value, 60_000, data);
            Signed.Add((wallet, nonce, tip, cap, value, data), transaction);
        }

        return transaction;
    }

    private sealed class Simulation
    {
        private readonly Random _random;
        private readonly ModelPool _model = new(Small, BaseFee);
        private readonly PoolFixture _fixture;
        private readonly Dictionary<Hash256, Address> _senders = [];
        private readonly List<(PoolHead Head, PoolBlock Block)> _blocks = [];
        private readonly Dictionary<Hash256, PoolStatus> _told = [];
        private readonly HashSet<Transaction> _known = [];
        private readonly List<Transaction> _inFlashblocks = [];
        private MemoryState _pendingState;
        private int _nextFlashblock;

        public Simulation(Random random)
        {
            _random = random;
            _fixture = new PoolFixture(Small, BaseFee);
            foreach (Wallet wallet in Wallets)
            {
                _fixture.State.With(wallet.Address, 0, 20_000_000);
            }

            _fixture.Pool.SetHead(_fixture.Head, [], []);
            _pendingState = _fixture.State;
            _fixture.Pool.Observe(changes =>
            {
                foreach (PoolChange change in changes)
                {
                    _told[change.Hash] = change.Status;
                }
            });
            View(_pendingState);
        }

        public void Step()
        {
            switch (_random.Next(20))
            {
                case < 13:
                    Add();
                    break;
                case < 15:
                    Flashblock();
                    break;
                case < 17:
                    Seal();
                    break;
                case 17:
                    _fixture.Pool.Discard(_fixture.Head.Number + 1);
                    Moved((MemoryState)_fixture.Head.State, [], []);
                    break;
                case 18:
                    Reorg();
                    break;
                default:
                    ChangeBalance();
                    break;
            }
        }

        public void Compare()
        {
            TransactionPool pool = _fixture.Pool;
            Assert.Equal(_model.Waiting.Count - _model.QueuedCount, pool.Counts.Pending);
            Assert.Equal(_model.QueuedCount, pool.Counts.Queued);
            Assert.Equal(_model.Committed.Count, pool.Counts.InFlashblock);
            Assert.Equal(_model.Waiting.Concat(_model.Committed).Sum(item => (long)item.Size), pool.Counts.Bytes);
            Assert.Equal(_model.Waiting.Concat(_model.Committed).Select(item => item.Sender).Distinct().Count(), pool.Counts.Senders);
            foreach (Transaction transaction in _known)
            {
                PoolStatus status = pool.Status(transaction.Hash);
                ModelPool.Item? waiting = _model.Waiting.Find(item => item.Transaction == transaction);
                Type expected = waiting is not null ? _model.IsPending(waiting) ? typeof(PoolStatus.Pending) : typeof(PoolStatus.Queued)
                    : _model.Committed.Exists(item => item.Transaction == transaction) ? typeof(PoolStatus.InFlashblock)
                    : _blocks.Exists(pair => pair.Block.Transactions.Contains(transaction)) ? typeof(PoolStatus.Included)
                    : typeof(PoolStatus.Dropped);
                Assert.IsType(expected, status);
                Assert.Equal(status, _told[transaction.Hash]);
            }

            Assert.Equal(_model.Select(), _fixture.SelectAll());
            foreach (Wallet wallet in Wallets)
            {
                Assert.Equal(_model.Accounts[wallet.Address].Nonce + (ulong)_model.Pending(wallet.Address).Count, pool.NextNonce(wallet.Address));
            }
        }

        private void View(MemoryState state) => _model.Accounts = Wallets.ToDictionary(
            wallet => wallet.Address,
            wallet => (state.Accounts[wallet.Address].Nonce, (BigInteger)state.Accounts[wallet.Address].Balance));

        private void Add()
        {
            int wallet = _random.Next(Wallets.Length);
            ulong nonce = _model.Accounts[Wallets[wallet].Address].Nonce + (ulong)Math.Max(0, _random.Next(7) - 1);
            ulong tip = (ulong)_random.Next(12);
            ulong cap = Math.Max(tip, (ulong)(8 + (_random.Next(4) * 4)));
            Transaction transaction = Sign(wallet, nonce, tip, cap, 0, _random.Next(4) == 0 ? 400 : 0);
            string? expected = _model.Add(transaction, Wallets[wallet].Address);
            string? got = _fixture.Pool.Add(transaction) switch
            {
                PoolAdmission.Refused refused => refused.Reason.GetType().Name,
                _ => null,
            };
            Assert.Equal(expected, got);
            if (got is null)
            {
                _known.Add(transaction);
                _senders[transaction.Hash] = Wallets[wallet].Address;
            }
        }

        private void Flashblock()
        {
            List<Transaction> all = _model.Select();
            List<Transaction> taken = all.GetRange(0, _random.Next(all.Count + 1));
            _pendingState = Execute(_pendingState, taken);
            View(_pendingState);
            _model.Commit(taken);
            Assert.True(_fixture.Pool.Commit(_fixture.Flashblock(_nextFlashblock++, _pendingState, [.. taken])));
            _inFlashblocks.AddRange(taken);
        }

        private void Seal()
        {
            // Now and then the sealed block is another proposer's: only some of what the flashblocks held.
            List<Transaction> block = _random.Next(3) > 0 ? [.. _inFlashblocks] : _inFlashblocks.GetRange(0, _inFlashblocks.Count / 2);
            PoolHead parent = _fixture.Head;
            MemoryState state = Execute((MemoryState)parent.State, block);
            PoolBlock sealedBlock = _fixture.Seal(state, [.. block]);
            _blocks.Add((parent, sealedBlock));
            Moved(state, [], block);
        }

        private void Reorg()
        {
            int depth = Math.Min(_random.Next(1, 3), _blocks.Count);
            if (depth == 0)
            {
                return;
            }

            List<(PoolHead Head, PoolBlock Block)> removed = _blocks.GetRange(_blocks.Count - depth, depth);
            _blocks.RemoveRange(_blocks.Count - depth, depth);
            _fixture.Reorg(removed[0].Head, [.. removed.Select(pair => pair.Block)], []);
            Moved((MemoryState)removed[0].Head.State, [.. removed.SelectMany(pair => pair.Block.Transactions)], []);
        }

        private void ChangeBalance()
        {
            PoolHead parent = _fixture.Head;
            Wallet wallet = Wallets[_random.Next(Wallets.Length)];
            MemoryState state = ((MemoryState)parent.State).Copy();
            state.With(wallet.Address, state.Accounts[wallet.Address].Nonce, (ulong)_random.Next(20) * 1_000_000);
            _blocks.Add((parent, _fixture.Seal(state)));
            Moved(state, [], []);
        }

        private void Moved(MemoryState state, List<Transaction> removed, List<Transaction> included)
        {
            _pendingState = state;
            _nextFlashblock = 0;
            _inFlashblocks.Clear();
            View(state);
            _model.Move([.. removed.Select(transaction => (transaction, _senders[transaction.Hash]))], included);
        }

        private MemoryState Execute(MemoryState state, List<Transaction> transactions)
        {
            MemoryState next = state.Copy();
            foreach (Transaction transaction in transactions)
            {
                Address sender = _senders[transaction.Hash];
                Execution.State.Account account = next.Accounts[sender];
                Assert.Equal(account.Nonce, transaction.Nonce);
                next.With(sender, account.Nonce + 1, account.Balance - (UInt256)(21_000 * BaseFee));
            }

            return next;
        }
    }
}
