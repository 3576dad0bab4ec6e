using Cloud.Execution.Journal;
using Cloud.Execution.State;
using Cloud.Protocol.Primitives;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Execution.Tests.Journal;

public sealed class JournaledStateTests
{
    private enum Kind
    {
        Store,
        StoreTransient,
        Pay,
        SetNonce,
        SetCode,
        Create,
        Destruct,
        Snapshot,
        Revert,
        Commit,
        Abandon,
        Take,
    }

    private static readonly Gen<Step> Steps = Gen.Frequency(
        (8, Gen.Constant(Kind.Store)), (2, Gen.Constant(Kind.StoreTransient)), (4, Gen.Constant(Kind.Pay)), (2, Gen.Constant(Kind.SetNonce)), (1, Gen.Constant(Kind.SetCode)),
        (2, Gen.Constant(Kind.Create)), (2, Gen.Constant(Kind.Destruct)), (4, Gen.Constant(Kind.Snapshot)), (3, Gen.Constant(Kind.Revert)), (2, Gen.Constant(Kind.Commit)),
        (1, Gen.Constant(Kind.Abandon)), (1, Gen.Constant(Kind.Take)))
        .SelectMany(kind => Gen.Choose(0, 5).Two().SelectMany(where => Gen.Choose(0, 3).Select(value => new Step(kind, where.Item1, where.Item2, value))));

    [Fact]
    public void Random_changes_reverts_and_commits_end_like_copies_of_the_whole_state() => Prop.ForAll(Steps.ListOf().ToArbitrary(), steps =>
    {
        MemoryState parent = new();
        for (int i = 0; i < 3; i++)
        {
            parent.Set(At(i), (ulong)i + 1, (UInt256)100, [(byte)i], [KeyValuePair.Create((UInt256)1, (UInt256)2), KeyValuePair.Create((UInt256)2, (UInt256)3)]);
        }

        JournaledState state = new(parent);
        Model model = Model.Of(parent);
        Stack<(Snapshot Snapshot, Model Model)> snapshots = new();
        Model committed = model.Copy();
        foreach (Step step in steps)
        {
            JournaledAccount account = state.GetAccount(At(step.Account));
            switch (step.Kind)
            {
                case Kind.Store when model.Accounts.ContainsKey(step.Account):
                    state.SetStorage(account, state.WarmSlot(account, (UInt256)(ulong)step.Slot, out _), (UInt256)(ulong)step.Value);
                    model.Storage[(step.Account, step.Slot)] = step.Value;
                    break;
                case Kind.StoreTransient:
                    state.SetTransient(account, (UInt256)(ulong)step.Slot, (UInt256)(ulong)step.Value);
                    model.Transient[(step.Account, step.Slot)] = step.Value;
                    break;
                case Kind.Pay:
                    state.AddBalance(account, (UInt256)(ulong)step.Value);
                    model.Pay(step.Account, step.Value);
                    break;
                case Kind.SetNonce:
                    state.SetNonce(account, (ulong)step.Value + 1);
                    model.Set(step.Account, nonce: step.Value + 1);
                    break;
                case Kind.SetCode:
                    state.SetCode(account, new byte[] { 0x60, (byte)step.Value });
                    model.Set(step.Account, code: step.Value + 100);
                    break;
                case Kind.Create when !state.IsOccupied(account):
                    state.CreateContract(account);
                    model.Set(step.Account, nonce: 1);
                    model.Created.Add(step.Account);
                    break;
                case Kind.Destruct when state.IsCreatedHere(account):
                    Assert.Contains(step.Account, model.Created);
                    state.Destruct(account);
                    model.Destructed.Add(step.Account);
                    break;
                case Kind.Snapshot:
                    snapshots.Push((state.TakeSnapshot(), model.Copy()));
                    break;
                case Kind.Revert when snapshots.TryPop(out (Snapshot Snapshot, Model Model) back):
                    state.Revert(back.Snapshot);
                    model = back.Model;
                    break;
                case Kind.Commit:
                    state.CommitTransaction();
                    model.Commit();
                    committed = model.Copy();
                    snapshots.Clear();
                    break;
                case Kind.Abandon:
                    state.RevertTransaction();
                    state.BeginTransaction();
                    model = committed.Copy();
                    snapshots.Clear();
                    break;
                case Kind.Take:
                    // Only what was committed is taken; the open transaction goes on.
                    state.RevertTransaction();
                    state.BeginTransaction();
                    model = committed.Copy();
                    snapshots.Clear();
                    parent.Apply(state.TakeChanges());
                    Assert.Equal(model.Root(), parent.Root());
                    break;
                default:
                    break;
            }

            foreach (((int where, int slot), int value) in model.Transient)
            {
                Assert.Equal((UInt256)(ulong)value, JournaledState.GetTransient(state.GetAccount(At(where)), (UInt256)(ulong)slot));
            }
        }

        state.CommitTransaction();
        model.Commit();
        parent.Apply(state.TakeChanges());
        Assert.Equal(model.Root(), parent.Root());
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Fact]
    public void What_a_transaction_changes_and_changes_back_is_no_change()
    {
        MemoryState parent = new();
        parent.Set(At(1), 1, (UInt256)100, null, [KeyValuePair.Create((UInt256)1, (UInt256)2)]);
        JournaledState state = new(parent);
        JournaledAccount account = state.GetAccount(At(1));
        int slot = state.WarmSlot(account, (UInt256)1, out bool wasCold);
        Assert.True(wasCold);
        state.SetStorage(account, slot, (UInt256)7);
        state.SetStorage(account, slot, (UInt256)2);
        state.SetBalance(account, (UInt256)5);
        state.SetBalance(account, (UInt256)100);
        state.CommitTransaction();
        Assert.Empty(state.TakeChanges().Accounts);
        state.WarmSlot(account, (UInt256)1, out wasCold);
        Assert.True(wasCold);
    }

    [Fact]
    public void Many_accounts_and_slots_keep_their_places()
    {
        JournaledState state = new(new MemoryState());
        for (ulong i = 0; i < 5000; i++)
        {
            JournaledAccount account = state.GetAccount(Wide(i));
            state.AddBalance(account, (UInt256)(i + 1));
            JournaledAccount one = state.GetAccount(Wide(0));
            state.SetStorage(one, state.WarmSlot(one, (UInt256)i << 100, out _), (UInt256)i);
        }

        for (ulong i = 0; i < 5000; i++)
        {
            Assert.Equal((UInt256)(i + 1), state.GetAccount(Wide(i)).Balance);
            JournaledAccount one = state.GetAccount(Wide(0));
            Assert.Equal((UInt256)i, one.Slots[one.Slots.Find((UInt256)i << 100)].Current);
        }

        // Used again on another parent, nothing is left.
        state.Open(new MemoryState());
        Assert.Equal(UInt256.Zero, state.GetAccount(Wide(3)).Balance);
        Assert.Equal(-1, state.GetAccount(Wide(0)).Slots.Find((UInt256)1 << 100));
    }

    private static Address Wide(ulong number) => Cloud.Execution.Evm.Words.ToAddress(((UInt256)number << 90) + (UInt256)number);

    private static Address At(int index) => Address.Parse($"0x{index + 0x1000:x40}");

    private sealed record Step(Kind Kind, int Account, int Slot, int Value);

    /// <summary>The whole state in dictionaries, copied for each snapshot.</summary>
    private sealed class Model
    {
        public Dictionary<int, (int Nonce, int Balance, int Code)> Accounts { get; private init; } = [];

        public Dictionary<(int Account, int Slot), int> Storage { get; private init; } = [];

        public Dictionary<(int Account, int Slot), int> Transient { get; private init; } = [];

        public HashSet<int> Created { get; private init; } = [];

        public HashSet<int> Destructed { get; private init; } = [];

        private HashSet<int> Touched { get; init; } = [];

        public static Model Of(MemoryState parent)
        {
            Model model = new();
            for (int i = 0; i < 3; i++)
            {
                parent.TryGetAccount(At(i), out Account account);
                model.Accounts[i] = ((int)account.Nonce, (int)account.Balance.U0, i + 1);
                model.Storage[(i, 1)] = 2;
                model.Storage[(i, 2)] = 3;
            }

            return model;
        }

        public Model Copy() => new()
        {
            Accounts = new(Accounts), Storage = new(Storage), Transient = new(Transient), Created = [.. Created], Destructed = [.. Destructed], Touched = [.. Touched],
        };

        public void Pay(int account, int value)
        {
            (int nonce, int balance, int code) = Accounts.GetValueOrDefault(account);
            Accounts[account] = (nonce, balance + value, code);
            Touched.Add(account);
        }

        public void Set(int account, int? nonce = null, int? code = null)
        {
            (int oldNonce, int balance, int oldCode) = Accounts.GetValueOrDefault(account);
            Accounts[account] = (nonce ?? oldNonce, balance, code ?? oldCode);
            Touched.Add(account);
        }

        public void Commit()
        {
            foreach (int account in Accounts.Keys.Where(account => Destructed.Contains(account) || (Touched.Contains(account) && Accounts[account] == default)).ToArray())
            {
                Accounts.Remove(account);
                foreach ((int, int) slot in Storage.Keys.Where(slot => slot.Account == account).ToArray())
                {
                    Storage.Remove(slot);
                }
            }

            Transient.Clear();
            Created.Clear();
            Destructed.Clear();
            Touched.Clear();
        }

        public Hash256 Root()
        {
            MemoryState state = new();
            foreach ((int index, (int nonce, int balance, int code)) in Accounts)
            {
                byte[] bytes = code == 0 ? [] : code >= 100 ? [0x60, (byte)(code - 100)] : [(byte)(code - 1)];
                state.Set(
                    At(index), (ulong)nonce, (UInt256)(ulong)balance, bytes,
                    Storage.Where(slot => slot.Key.Account == index).Select(slot => KeyValuePair.Create((UInt256)(ulong)slot.Key.Slot, (UInt256)(ulong)slot.Value)));
            }

            return state.Root();
        }
    }
}
