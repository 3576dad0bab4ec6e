using System.Collections.Immutable;
using System.Globalization;
using Cloud.Execution.Pool;
using Cloud.Execution.State;
using Cloud.Execution.Verification;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Deposits;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Transactions;
using Cloud.Settlement.Blobs;
using Cloud.Settlement.BlobStores;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.Deployment;
using Cloud.Settlement.Following;
using Cloud.Settlement.Keeping;
using Cloud.Settlement.L1;
using Cloud.Settlement.Proving;
using Cloud.Settlement.Rollups;
using Cloud.Settlement.Tests.Support;
using Cloud.Settlement.Transactions;
using Cloud.Settlement.Watching;

namespace Cloud.Settlement.Tests.Contracts;

/// <summary>A whole rollup on anvil: a chain that is really executed, a keeper, a follower, and provers that see nothing but L1.</summary>
[Collection(OwnAnvilCollection.Name)]
[Trait("Category", "EndToEnd")]
public sealed class ThirtySlotsTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const uint EpochSlots = 8;
    private const ulong Slots = 30;
    private readonly List<IDisposable> _owned = [];
    private readonly TemporaryFolder _folder = new();
    private readonly List<FollowerEvent> _events = [];
    private readonly List<KeeperAction> _kept = [];
    private readonly List<ulong> _gas = [];
    private Anvil _anvil = null!;
    private TestRollup _rollup = null!;
    private TestChain _chain = null!;
    private Keeper _keeper = null!;
    private Follower _follower = null!;
    private WithholdingSource _blobs = null!;
    private Prover _first = null!;
    private Prover _second = null!;
    private (int Records, (BlockHeader Head, Hash256 Hash, StateLayer Layer, ulong[] Nonces) Chain)? _mark;
    private ulong _deposits;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _anvil = await Anvil.StartAsync("--slots-in-an-epoch", "2");

    public async ValueTask DisposeAsync()
    {
        foreach (IDisposable owned in Enumerable.Reverse(_owned))
        {
            owned.Dispose();
        }

        _chain.Dispose();
        _folder.Dispose();
        await _anvil.DisposeAsync();
    }

    /// <summary>The numbers are those of the catalogue's scenarios (reference building-in-chunks, section 7).</summary>
    [Fact]
    public async Task From_genesis_with_48_validators_through_30_slots_with_deposits_bad_publications_of_every_kind_and_an_equivocation_to_proven_and_final_epochs()
    {
        await StartAsync();
        for (ulong slot = 0; slot < Slots; slot++)
        {
            await BeginSlotAsync(slot);
            switch (slot)
            {
                case 2 or 4 or 5 or 6 or 9:
                    // 16: attacked once, in each way; the chain rolls back to where it was.
                    string variant = slot switch { 2 => "one too few", 4 => "fake signature", 5 => "high s", 6 => "unrecoverable", _ => "shuffled order" };
                    await PostBadAsync(slot, variant);
                    await RemoveBadAsync();
                    break;
                case 10:
                    await PostBadAsync(slot, "too few");
                    break;
                case 11:
                    // 15: the bad one goes in the transaction that posts the next good one.
                    FollowerEvent.Invalid accused = await NextInvalidAsync();
                    ForgetFrom(accused.Number);
                    await PostAsync(slot, RollupCalls.Invalidate(accused.Accusation));
                    break;
                case 12 or 13:
                    // 17: an invalid one in the place of an invalid one, both with the same number.
                    await PostBadAsync(slot, "nobody");
                    await RemoveBadAsync();
                    break;
                case 17 or 18:
                    // 18: two bad proposers one after the other; the earliest is removed and takes the other along.
                    await PostBadAsync(slot, "too few");
                    if (slot == 18)
                    {
                        await RemoveBadAsync();
                    }

                    break;
                case 20:
                    await PostBadAsync(slot, "fake signature");
                    break;
                case 21:
                    // 19: a good one on a bad one is skipped, and goes with it.
                    await PostAsync(slot);
                    await FollowAsync();
                    Assert.Equal(_rollup.TipNumber, _events.OfType<FollowerEvent.Skipped>().Last().Number);
                    await RemoveBadAsync();
                    break;
                case 22:
                    // 20: blobs that are withheld stop a follower, with the reason, until somebody has them.
                    _blobs.Withholds = true;
                    await PostAsync(slot);
                    ImmutableArray<FollowerEvent> waiting = await _follower.StepAsync(Cancel);
                    Assert.Equal(WithholdingSource.Message, Assert.Single(waiting.OfType<FollowerEvent.Waiting>()).Message);
                    Assert.Equal(_rollup.TipNumber - 1, _follower.Tip.Posted.Number);
                    _blobs.Withholds = false;
                    await FollowAsync();
                    break;
                default:
                    await PostAsync(slot);
                    break;
            }
        }

        await FollowAsync();
        ulong good = _rollup.TipNumber;
        Assert.Equal(18UL, good);
        Assert.Equal((good, _chain.HeadHash, _chain.Head.StateRoot), (_follower.Tip.Posted.Number, _follower.Tip.BlockHash, _follower.Progress.StateRoot));
        Assert.True(_follower.Tip.State!.TryGetAccount(Recipient, out Account account));
        Assert.Equal((5UL, 7UL * 5), (_deposits, account.Balance));
        Assert.All(_kept, action => Assert.IsType<SenderOutcome.Mined>(action.Outcome));
        Assert.Equal([0, 1, 2, 3], _kept.Where(action => action.Duty.StartsWith("setUpEpoch", StringComparison.Ordinal)).Select(action => int.Parse(action.Duty[11..], CultureInfo.InvariantCulture)));
        Assert.Equal([3UL, 4, 4, 4, 6, 7, 7, 10, 11], _kept.Where(action => action.Duty.StartsWith("invalidate", StringComparison.Ordinal)).Select(action => ulong.Parse(action.Duty[11..], CultureInfo.InvariantCulture)));
        Type[] faults = [.. _events.OfType<FollowerEvent.Invalid>().Select(invalid => invalid.Fault.GetType())];
        Assert.Equal((5, 5), (faults.Count(fault => fault == typeof(AttestationFault.TooFew)), faults.Count(fault => fault == typeof(AttestationFault.BadSignature))));
        await SlashAsync();
        await FinishAsync(good);
        output.WriteLine($"propose: {_gas.Min()} to {_gas.Max()} gas, mean {_gas.Average(used => (double)used):F0}; per transaction at 10 TPS {_gas.Average(used => used / 360.0):F0} (36 s), {_gas.Average(used => used / 720.0):F0} (72 s)");
        Assert.All(_gas, used => Assert.InRange(used, 21_000UL, 60_000UL));
    }

    private async Task StartAsync()
    {
        _rollup = await TestRollup.DeployAsync(_anvil, committee: 48, validators: 52, change: p => p with
        {
            EpochSlots = EpochSlots,
            RingSize = 32,
            ExitDelay = RollupParameters.MinExitDelay(p.SlotDuration, EpochSlots, 2, 1),
        });
        _chain = new TestChain(new TestBlockRules(_rollup.Parameters.GenesisTime, _rollup.Parameters.SlotDuration));
        await _rollup.SendAsync(RollupCalls.WarmRing(0, 32));
        _keeper = new Keeper(await SenderAsync("keeper"), _rollup.Address, RollupClock.Of(_rollup.Parameters));
        (_follower, _blobs) = Follower("follower");
        _first = new Prover(Follower("prover 0").Follower, TestKeys.Signer("prover 0"), Shares(), await SenderAsync("submitter"), Options());
        _second = new Prover(Follower("prover 1").Follower, TestKeys.Signer("prover 1"), Shares(), null, Options());
    }

    /// <summary>What is due at the start of a slot: the epoch's committee, a proof of the last epoch, now and then a deposit.</summary>
    private async Task BeginSlotAsync(ulong slot)
    {
        await _rollup.GoToSlotAsync(slot);
        await FollowAsync();
        _kept.AddRange(await _keeper.TickAsync(_follower.View!, Cancel));
        await FollowAsync();
        _rollup.Learn(_follower.View!.State);
        if (slot % EpochSlots == 1)
        {
            await ProveAsync(_first, _second);
        }

        if (slot is 0 or 7 or 14 or 19 or 28)
        {
            await _rollup.SendAsync(RollupCalls.Deposit(Recipient, 50_000, [(byte)slot]), 7UL);
            await FollowAsync();
        }
    }

    /// <summary>Posts a good checkpoint, after another call in the same transaction where there is one.</summary>
    private async Task PostAsync(ulong slot, Bytes before = default)
    {
        Inbox inbox = _follower.View!.State.Inbox;
        ulong consumed = _rollup.Tip.DepositCount;
        _deposits = DepositRule.Choose(inbox, consumed, DepositLimits.Default);
        CheckpointData data = _chain.Build(slot, _rollup.Tip.PayloadHash, Proposer(slot), 3, 20, inbox.HashAt(_deposits), inbox.Transactions(consumed, _deposits));
        BlobSidecar sidecar = Sidecar(data, _rollup.Attest(data.Header));
        if (before.IsEmpty)
        {
            _gas.Add((await _rollup.ProposeAsync(data.Header, sidecar, _deposits)).GasUsed);
            return;
        }

        await _rollup.SendAsync(RollupCalls.Multicall([before, _rollup.ProposeData(data.Header, sidecar, _deposits)]), sidecar: sidecar);
        _rollup.Remember(data.Header, sidecar, _deposits);
    }

    private async Task PostBadAsync(ulong slot, string variant)
    {
        _mark ??= (_rollup.Records.Count, _chain.Mark());
        ulong consumed = _rollup.Tip.DepositCount;
        CheckpointData bad = _chain.Build(slot, _rollup.Tip.PayloadHash, Proposer(slot), 2, 4, _follower.View!.State.Inbox.HashAt(consumed));
        await _rollup.ProposeAsync(bad.Header, Sidecar(bad, BadAttestations.Of(_rollup, bad.Header, variant)), consumed);
    }

    /// <summary>The follower finds what is bad, and the keeper removes it.</summary>
    private async Task RemoveBadAsync()
    {
        FollowerEvent.Invalid invalid = await NextInvalidAsync();
        _keeper.Learn(_events);
        _kept.AddRange(await _keeper.TickAsync(_follower.View!, Cancel));
        await FollowAsync();
        Assert.Equal(invalid.Number - 1, _follower.View!.State.Pending.Number);
        ForgetFrom(invalid.Number);
    }

    private async Task<FollowerEvent.Invalid> NextInvalidAsync()
    {
        await FollowAsync();
        FollowerEvent.Invalid invalid = _events.OfType<FollowerEvent.Invalid>().Last();
        Assert.Equal((ulong)_mark!.Value.Records, invalid.Number);
        return invalid;
    }

    private void ForgetFrom(ulong number)
    {
        _rollup.Records.RemoveRange((int)number, _rollup.Records.Count - (int)number);
        _chain.Reset(_mark!.Value.Chain);
        _mark = null;
    }

    private static Address Recipient { get; } = Address.Parse("0x00000000000000000000000000000000000d0002");

    private Address Proposer(ulong slot) => _rollup.CommitteeOf(slot).ProposerAt(slot);

    private static BlobSidecar Sidecar(CheckpointData data, BlobAttestations attestations)
    {
        Assert.True(data.ToFrame(attestations).Encode().TryGet(out ImmutableArray<Bytes> blobs, out _));
        return BlobSidecarBuilder.Build(blobs);
    }

    private async Task FollowAsync()
    {
        ImmutableArray<FollowerEvent> found;
        do
        {
            found = await _follower.StepAsync(Cancel);
            Assert.DoesNotContain(found, item => item is FollowerEvent.Waiting or FollowerEvent.Diverged or FollowerEvent.Unreadable);
            _events.AddRange(found);
        }
        while (!found.IsEmpty || !_follower.Progress.IsCaughtUp);
    }

    /// <summary>Nothing is submitted before the threshold is reached, and one proof then.</summary>
    private async Task ProveAsync(Prover first, Prover second)
    {
        ProverStep alone = await StepAsync(first);
        if (alone.Statement is null)
        {
            return;
        }

        Assert.Equal((1, null), (alone.Shares, alone.Submitted));
        ProverStep other = await StepAsync(second);
        Assert.Equal((2, alone.Statement), (other.Shares, other.Statement));
        ProverStep together = await StepAsync(first);
        Assert.IsType<SenderOutcome.Mined>(together.Submitted);
        Assert.Null((await StepAsync(first)).Statement);
        Assert.Equal(alone.Statement.To, (await _rollup.TipsAsync()).ProvenNumber);
    }

    private static async Task<ProverStep> StepAsync(Prover prover)
    {
        while (true)
        {
            ProverStep step = await prover.StepAsync(Cancel);
            Assert.Null(step.Problem);
            if (prover.Follower.Progress.IsCaughtUp && prover.Follower.View is not null)
            {
                return step;
            }
        }
    }

    private async Task SlashAsync()
    {
        byte[] offender = _rollup.ValidatorKeys[3];
        Duty duty = Duty.CheckpointAttestation(20, AttestationKind.Executed);
        EquivocatingMessage Say(byte what) => new(
            Keccak256.Hash([what]), CompactSignature.From(Secp256k1.Sign(offender, _rollup.Domains.Digest(new Statement(duty, Keccak256.Hash([what]))))));
        L1Receipt receipt = await _rollup.SendAsync(RollupCalls.SlashEquivocation(EquivocationPosition.Of(duty), Say(1), Say(2)));
        Assert.Contains(receipt.Logs.Select(RollupEvent.Read), read => read is RollupEvent.ValidatorSlashed slashed && slashed.Validator == Anvil.AddressOf(offender));
    }

    /// <summary>Finality is L1's: after some blocks the finalized block shows the same proven checkpoint, and the follower's disk has the state.</summary>
    private async Task FinishAsync(ulong good)
    {
        RollupTips tips = await _rollup.TipsAsync();
        Assert.Equal((good, 12UL), (tips.PendingNumber, tips.ProvenNumber));
        Assert.Equal([4UL, 8UL, 12UL], _events.OfType<FollowerEvent.Proven>().Select(proven => proven.Number));
        await _anvil.AskAsync("anvil_mine", 6);
        await FollowAsync();
        Assert.Equal(good, _events.OfType<FollowerEvent.Finalized>().Last().Number);
        CallOutcome final = (await _anvil.Client.CallAsync(new L1Call(_rollup.Address, RollupCalls.Query("tips")), BlockTag.Finalized, Cancel)).Require();
        Assert.Equal(12UL, RollupTips.Read(Assert.IsType<CallOutcome.Returned>(final).Data)!.ProvenNumber);
    }

    private FileBlobStore Shares() => new(Path.Combine(_folder.Path, "shares"));

    private ProverOptions Options() => new()
    {
        ChainId = Anvil.ChainId,
        Rollup = _rollup.Address,
        Verifier = _rollup.Parameters.Verifier,
        Provers = [.. _rollup.ProverKeys.Select(key => Anvil.AddressOf(key))],
        Threshold = 2,
        Clock = RollupClock.Of(_rollup.Parameters),
    };

    private async Task<L1Sender> SenderAsync(string name)
    {
        await _anvil.AskAsync("anvil_setBalance", TestKeys.Signer(name).Address.ToString(), "0x56bc75e2d63100000");
        return new L1Sender(_anvil.Client, TestKeys.Signer(name), Anvil.ChainId, TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(2), TimeProvider.System);
    }

    private (Follower Follower, WithholdingSource Blobs) Follower(string name)
    {
        WorldState world = TestChain.NewWorld(Path.Combine(_folder.Path, name));
        BeaconBlobSource beacon = new(new BeaconOptions { Endpoint = _anvil.Address, BlockId = BeaconBlockId.Number }, TimeProvider.System);
        _owned.AddRange([world, beacon]);
        WithholdingSource source = new(beacon);
        BlobArchive blobs = new(new FileBlobStore(Path.Combine(_folder.Path, $"{name} blobs")), source);
        Follower follower = new(
            new RollupWatcher(_anvil.Client, new WatcherOptions { Rollup = _rollup.Address, GenesisHash = _rollup.Parameters.GenesisHash, ReorgDepth = 20 }),
            new CheckpointReader(_anvil.Client, blobs, _rollup.Domains, EpochSlots),
            world,
            _chain.Rules,
            new ChunkVerifier(new SenderCache(), TimeProvider.System, 1),
            new FollowerOptions { Genesis = TestChain.Genesis, Transactions = new TransactionRules { ChainId = TestRollup.L2ChainId, AllowDeposits = true } },
            TimeProvider.System);
        return (follower, source);
    }
}
