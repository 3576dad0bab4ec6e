using System.Collections.Immutable;
using Cloud.Execution.Pool;
using Cloud.Execution.State;
using Cloud.Execution.Verification;
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
[Collection(AnvilCollection.Name)]
[Trait("Category", "EndToEnd")]
public sealed class ThirtySlotsTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const uint EpochSlots = 8;
    private const ulong Slots = 30;
    private readonly List<IDisposable> _owned = [];
    private readonly TemporaryFolder _folder = new();
    private Anvil _anvil = null!;
    private TestRollup _rollup = null!;
    private TestChain _chain = null!;

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

    [Fact]
    public async Task From_genesis_with_48_validators_through_30_slots_with_deposits_a_bad_publication_and_an_equivocation_to_proven_and_final_epochs()
    {
        _rollup = await TestRollup.DeployAsync(_anvil, committee: 48, validators: 52, change: p => p with
        {
            EpochSlots = EpochSlots,
            RingSize = 32,
            ExitDelay = RollupParameters.MinExitDelay(p.SlotDuration, EpochSlots, 2, 1),
        });
        _chain = new TestChain(new TestBlockRules(_rollup.Parameters.GenesisTime, _rollup.Parameters.SlotDuration));
        await _rollup.SendAsync(RollupCalls.WarmRing(0, 32));
        Keeper keeper = new(await SenderAsync("keeper"), _rollup.Address, RollupClock.Of(_rollup.Parameters));
        Follower follower = Follower("follower");
        Prover first = new(Follower("prover 0"), TestKeys.Signer("prover 0"), Shares(), await SenderAsync("submitter"), Options());
        Prover second = new(Follower("prover 1"), TestKeys.Signer("prover 1"), Shares(), null, Options());
        List<FollowerEvent> events = [];
        List<KeeperAction> kept = [];
        List<ulong> gas = [];
        ulong deposits = 0;
        Inbox inbox = Inbox.Empty;
        for (ulong slot = 0; slot < Slots; slot++)
        {
            await _rollup.GoToSlotAsync(slot);
            await FollowAsync(follower, events);
            kept.AddRange(await keeper.TickAsync(follower.View!, Cancel));
            await FollowAsync(follower, events);
            _rollup.Learn(follower.View!.State);
            if (slot % EpochSlots == 1)
            {
                await ProveAsync(first, second);
            }

            ulong consumed = deposits;
            if (slot % 5 == 0)
            {
                await _rollup.SendAsync(RollupCalls.Deposit(Recipient, 50_000, [(byte)slot]), 7UL);
                await FollowAsync(follower, events);
                inbox = follower.View!.State.Inbox;
                deposits = DepositRule.Choose(inbox, consumed, DepositLimits.Default);
                Assert.Equal(consumed + 1, deposits);
            }

            if (slot == 11)
            {
                // A proposer posts with too few attestations: the follower finds it, the keeper removes it.
                var mark = _chain.Mark();
                CheckpointData bad = _chain.Build(slot, _rollup.Tip.PayloadHash, Proposer(slot), 2, 4, inbox.HashAt(deposits));
                await _rollup.ProposeAsync(bad.Header, Sidecar(bad, _rollup.Attest(bad.Header, signers: 20)), deposits);
                await FollowAsync(follower, events);
                keeper.Learn(events);
                kept.AddRange(await keeper.TickAsync(follower.View!, Cancel));
                await FollowAsync(follower, events);
                _rollup.Records.RemoveAt(_rollup.Records.Count - 1);
                _chain.Reset(mark);
            }

            CheckpointData data = _chain.Build(slot, _rollup.Tip.PayloadHash, Proposer(slot), 3, 20, inbox.HashAt(deposits), inbox.Transactions(consumed, deposits));
            gas.Add((await _rollup.ProposeAsync(data.Header, Sidecar(data, _rollup.Attest(data.Header)), deposits)).GasUsed);
        }

        await FollowAsync(follower, events);
        Assert.Equal((Slots, _chain.HeadHash, _chain.Head.StateRoot), (follower.Tip.Posted.Number, follower.Tip.BlockHash, follower.Progress.StateRoot));
        Assert.True(follower.Tip.State!.TryGetAccount(Recipient, out Account account));
        Assert.Equal(7UL * deposits, account.Balance);
        FollowerEvent.Invalid invalid = Assert.Single(events.OfType<FollowerEvent.Invalid>());
        Assert.IsType<AttestationFault.TooFew>(invalid.Fault);
        Assert.All(kept, action => Assert.IsType<SenderOutcome.Mined>(action.Outcome));
        Assert.Equal(["setUpEpoch 0", "setUpEpoch 1", $"invalidate {invalid.Number}", "setUpEpoch 2", "setUpEpoch 3"], kept.Select(action => action.Duty));
        await SlashAsync();
        await FinishAsync(follower, events);
        output.WriteLine($"propose: {gas.Min()} to {gas.Max()} gas, mean {gas.Average(used => (double)used):F0}; per transaction at 10 TPS {gas.Average(used => used / 360.0):F0} (36 s), {gas.Average(used => used / 720.0):F0} (72 s)");
        Assert.All(gas, used => Assert.InRange(used, 21_000UL, 60_000UL));
    }

    private static Address Recipient { get; } = Address.Parse("0x00000000000000000000000000000000000d0002");

    private Address Proposer(ulong slot) => _rollup.CommitteeOf(slot).ProposerAt(slot);

    private static BlobSidecar Sidecar(CheckpointData data, BlobAttestations attestations)
    {
        Assert.True(data.ToFrame(attestations).Encode().TryGet(out ImmutableArray<Bytes> blobs, out _));
        return BlobSidecarBuilder.Build(blobs);
    }

    private static async Task FollowAsync(Follower follower, List<FollowerEvent> events)
    {
        ImmutableArray<FollowerEvent> found;
        do
        {
            found = await follower.StepAsync(Cancel);
            Assert.DoesNotContain(found, item => item is FollowerEvent.Waiting or FollowerEvent.Diverged or FollowerEvent.Unreadable);
            events.AddRange(found);
        }
        while (!found.IsEmpty || !follower.Progress.IsCaughtUp);
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
    private async Task FinishAsync(Follower follower, List<FollowerEvent> events)
    {
        RollupTips tips = await _rollup.TipsAsync();
        Assert.Equal((Slots, 24UL), (tips.PendingNumber, tips.ProvenNumber));
        Assert.Equal([8UL, 16UL, 24UL], events.OfType<FollowerEvent.Proven>().Select(proven => proven.Number));
        await _anvil.AskAsync("anvil_mine", 6);
        await FollowAsync(follower, events);
        Assert.Equal(Slots, events.OfType<FollowerEvent.Finalized>().Last().Number);
        CallOutcome final = (await _anvil.Client.CallAsync(new L1Call(_rollup.Address, RollupCalls.Query("tips")), BlockTag.Finalized, Cancel)).Require();
        Assert.Equal(24UL, RollupTips.Read(Assert.IsType<CallOutcome.Returned>(final).Data)!.ProvenNumber);
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

    private Follower Follower(string name)
    {
        WorldState world = TestChain.NewWorld(Path.Combine(_folder.Path, name));
        BeaconBlobSource beacon = new(new BeaconOptions { Endpoint = _anvil.Address, BlockId = BeaconBlockId.Number }, TimeProvider.System);
        _owned.AddRange([world, beacon]);
        BlobArchive blobs = new(new FileBlobStore(Path.Combine(_folder.Path, $"{name} blobs")), beacon);
        return new Follower(
            new RollupWatcher(_anvil.Client, new WatcherOptions { Rollup = _rollup.Address, GenesisHash = _rollup.Parameters.GenesisHash, ReorgDepth = 20 }),
            new CheckpointReader(_anvil.Client, blobs, _rollup.Domains, EpochSlots),
            world,
            _chain.Rules,
            new ChunkVerifier(new SenderCache(), TimeProvider.System, 1),
            new FollowerOptions { Genesis = TestChain.Genesis, Transactions = new TransactionRules { ChainId = TestRollup.L2ChainId, AllowDeposits = true } },
            TimeProvider.System);
    }
}
