using System.Collections.Immutable;
using Cloud.Protocol.Checkpoints;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Proposing;
using Cloud.Protocol.Tests.Support;
using Cloud.Protocol.Time;

namespace Cloud.Protocol.Tests.Proposing;

public sealed class ProposerMachineTests
{
    private const ulong Slot = 2;

    private static readonly Hash256 Parent = TestRollup.Digest("genesis block");
    private static readonly Hash256 ParentCheckpoint = TestRollup.Digest("parent checkpoint");

    private TestRollup _rollup = new();
    private readonly List<ProposerEffect> _effects = [];
    private readonly List<ChunkHeader> _built = [];
    private ProposerMachine _machine;
    private DateTimeOffset _now;

    public ProposerMachineTests()
    {
        _machine = new ProposerMachine(_rollup.Context, _rollup.Timetable, Slot);
        _now = _rollup.Timetable.Consensus.FrameStart(Slot);
    }

    /// <summary>The hosted timetable with an inclusion window of two slots.</summary>
    private static Timetable Wide => Timetable.Create(Timetable.Hosted(TestRollup.Genesis).Consensus.Timing with { InclusionWindow = 2 }, LocalBudgets.Cluster).OrThrow();

    private ProposerEffect Last => _effects[^1];

    [Fact]
    public void Scenario_1_six_chunks_are_built_in_their_windows_and_the_checkpoint_is_published()
    {
        Start();
        for (int i = 0; i < 6; i++)
        {
            ProposerEffect.BuildChunk build = Assert.IsType<ProposerEffect.BuildChunk>(Last);
            Assert.Equal(((uint)i, i, i == 5), (build.Index, build.SubSlot, build.IsLast));
            Assert.Equal(_rollup.Timetable.BuildWindow(Slot, i).End, build.Deadline);
            _now = build.Deadline;
            ChunkProposal proposal = Build();
            Apply(new ProposerInput.ChunkCertified(proposal.Header.Hash));
        }

        CheckpointProposal checkpoint = SignAndStoreCheckpoint();
        Assert.Equal(6U, checkpoint.Header.Chunks);
        Assert.Equal(_built[5], checkpoint.LastChunk!.Header);
        Assert.Equal(5, _effects.OfType<ProposerEffect.BroadcastChunk>().Count());
        CheckpointCertificate certificate = _rollup.Certify(checkpoint.Header);
        Apply(new ProposerInput.CheckpointCertified(certificate));
        Assert.Equal(ProposerState.Collecting, _machine.State);
        Apply(new ProposerInput.ParentSynced(new ParentStanding.Landed(ParentCheckpoint)));
        ConsensusTimetable timetable = _rollup.Timetable.Consensus;
        Assert.Equal(
            new ProposerEffect.RequestPublish(checkpoint.Header, certificate, timetable.EarliestL1Send(Slot), timetable.AttestationDeadline(Slot)), Last);
        Assert.Equal(ProposerState.Done, _machine.State);
    }

    [Fact]
    public void Case_30_a_chunk_is_built_signed_stored_and_only_then_sent()
    {
        Start();
        Build();
        Assert.Equal(
            [typeof(ProposerEffect.OpenFork), typeof(ProposerEffect.BuildChunk), typeof(ProposerEffect.Sign), typeof(ProposerEffect.StoreChunk), typeof(ProposerEffect.BroadcastChunk)],
            _effects.Where(effect => effect is not ProposerEffect.WakeAt).Take(5).Select(effect => effect.GetType()));
    }

    [Fact]
    public void Case_30_the_last_chunk_is_held_for_the_checkpoint()
    {
        _now = _rollup.Timetable.BuildWindow(Slot, 5).Start;
        Start();
        Assert.True(Assert.IsType<ProposerEffect.BuildChunk>(Last).IsLast);
        Build();
        Assert.DoesNotContain(_effects, effect => effect is ProposerEffect.BroadcastChunk);
        Assert.Contains(_effects, effect => effect is ProposerEffect.HoldLastChunk);
        Assert.NotNull(SignAndStoreCheckpoint().LastChunk);
    }

    [Fact]
    public void Case_30_a_refused_signature_yields_without_storing_or_sending()
    {
        Start();
        Seal();
        Apply(new ProposerInput.SigningRefused());
        Assert.Equal(new ProposerEffect.Abandon(AbandonReason.SigningRefused), Last);
        Assert.DoesNotContain(_effects, effect => effect is ProposerEffect.StoreChunk or ProposerEffect.BroadcastChunk);
        int count = _effects.Count;
        Apply(new ProposerInput.Stored());
        Apply(new ProposerInput.Tick());
        Assert.Equal(count, _effects.Count);
    }

    [Fact]
    public void A_chunk_that_could_not_be_stored_is_not_sent_and_ends_the_slot()
    {
        Start();
        ChunkHeader header = Seal();
        Apply(new ProposerInput.Signed(_rollup.Sign(_rollup.ProposerOf(Slot), header.Statement)));
        Apply(new ProposerInput.StorageFailed());
        Assert.Equal(new ProposerEffect.Abandon(AbandonReason.StorageFailed), Last);
        Assert.DoesNotContain(_effects, effect => effect is ProposerEffect.BroadcastChunk);
    }

    [Fact]
    public void Case_31_windows_without_transactions_are_skipped_and_the_last_one_gets_an_empty_chunk()
    {
        Start(available: 0);
        RunUntilBuild();
        Assert.Equal([0, 1, 2, 3, 4], _effects.OfType<ProposerEffect.SkipSubSlot>().Select(effect => effect.SubSlot));
        ProposerEffect.BuildChunk build = Assert.IsType<ProposerEffect.BuildChunk>(Last);
        Assert.Equal((0U, 5, 0, true), (build.Index, build.SubSlot, build.MinTransactions, build.IsLast));
    }

    [Fact]
    public void Case_31_without_leave_to_build_empty_checkpoints_the_slot_stays_empty()
    {
        _machine = new ProposerMachine(_rollup.Context, _rollup.Timetable, Slot, new ProposerOptions { BuildCheckpointIfEmpty = false });
        Start(available: 0);
        RunUntilBuild();
        Assert.Equal(new ProposerEffect.Abandon(AbandonReason.NoChunks), Last);
    }

    [Fact]
    public void Case_31_no_chunk_but_the_first_may_be_empty_and_one_that_was_sent_already_is_not_in_the_proposal_again()
    {
        _machine = new ProposerMachine(_rollup.Context, _rollup.Timetable, Slot, new ProposerOptions { MinTransactions = 0 });
        Start(available: 0);
        Assert.Equal(0, Assert.IsType<ProposerEffect.BuildChunk>(Last).MinTransactions);
        ChunkProposal proposal = Build();
        Apply(new ProposerInput.ChunkCertified(proposal.Header.Hash));
        RunUntilBuild();
        Assert.Equal(5, _effects.OfType<ProposerEffect.SkipSubSlot>().Count());
        CheckpointProposal checkpoint = SignAndStoreCheckpoint();
        Assert.Equal(1U, checkpoint.Header.Chunks);
        Assert.Null(checkpoint.LastChunk);
    }

    [Fact]
    public void Case_31_transactions_that_come_in_time_are_built_at_once()
    {
        Start(available: 0);
        _now = _now.AddSeconds(3);
        Apply(new ProposerInput.TransactionsAvailable(1));
        Assert.Equal(0, Assert.IsType<ProposerEffect.BuildChunk>(Last).SubSlot);
        Apply(new ProposerInput.TooFewTransactions());
        Assert.Equal(new ProposerEffect.SkipSubSlot(0), _effects[^2]);
        Assert.Equal(_rollup.Timetable.BuildWindow(Slot, 1).Start, Assert.IsType<ProposerEffect.WakeAt>(Last).At);
    }

    [Fact]
    public void Case_27_a_chunk_that_takes_too_long_costs_windows_and_moves_no_deadline()
    {
        Start();
        _now = _rollup.Timetable.BuildWindow(Slot, 1).End.AddSeconds(-0.5);
        Build();
        _now = _rollup.Timetable.BuildWindow(Slot, 2).Start;
        Apply(new ProposerInput.Tick());
        ProposerEffect.BuildChunk build = Assert.IsType<ProposerEffect.BuildChunk>(Last);
        Assert.Equal((1U, 2), (build.Index, build.SubSlot));
        Assert.Equal(_rollup.Timetable.BuildWindow(Slot, 2).End, build.Deadline);
    }

    [Fact]
    public void A_slot_that_is_entered_too_late_is_abandoned()
    {
        _now = _rollup.Timetable.Deadlines(Slot).Start.AddTicks(1);
        Apply(new ProposerInput.ParentChosen(Parent, ParentCheckpoint));
        Assert.Equal(new ProposerEffect.Abandon(AbandonReason.TooLate), Last);
    }

    [Fact]
    public void Nothing_starts_before_the_frame()
    {
        _now = _rollup.Timetable.Consensus.FrameStart(Slot).AddTicks(-1);
        Apply(new ProposerInput.ParentChosen(Parent, ParentCheckpoint));
        Assert.Equal([new ProposerEffect.WakeAt(_rollup.Timetable.Consensus.FrameStart(Slot))], _effects);
    }

    [Fact]
    public void A_builder_that_fails_closes_the_slot_with_what_there_is()
    {
        Start();
        Build();
        RunUntilBuild();
        Apply(new ProposerInput.ChunkCertified(_built[0].Hash));
        Apply(new ProposerInput.BuildFailed());
        Assert.Equal(1U, SignAndStoreCheckpoint().Header.Chunks);
    }

    [Fact]
    public void A_full_slot_closes_early()
    {
        Start();
        Build(isSlotFull: true);
        Assert.Equal(1U, SignAndStoreCheckpoint().Header.Chunks);
    }

    [Fact]
    public void A_chunk_that_the_committee_did_not_certify_in_its_time_ends_the_checkpoint_before_it()
    {
        Start();
        for (int i = 0; i < 6; i++)
        {
            _now = Assert.IsType<ProposerEffect.BuildChunk>(Last).Deadline;
            ChunkProposal proposal = Build();
            if (i < 2)
            {
                Apply(new ProposerInput.ChunkCertified(proposal.Header.Hash));
            }
        }

        Assert.Equal(_built.Skip(2), Assert.Single(_effects.OfType<ProposerEffect.LeaveOut>()).Chunks.Select(chunk => chunk.Header));
        CheckpointProposal checkpoint = SignAndStoreCheckpoint();
        Assert.Equal(2U, checkpoint.Header.Chunks);
        Assert.Null(checkpoint.LastChunk);
    }

    [Fact]
    public void A_slow_committee_gets_half_of_the_time_that_attesting_still_lasts()
    {
        _rollup = new TestRollup(timetable: Wide);
        Reset();
        Start();
        for (int i = 0; i < 6; i++)
        {
            _now = Assert.IsType<ProposerEffect.BuildChunk>(Last).Deadline;
            Build();
        }

        // The first chunk was sealed 30 s ago, and 60 s are left to attest.
        Assert.Equal(6U, SignAndStoreCheckpoint().Header.Chunks);
        Assert.DoesNotContain(_effects, effect => effect is ProposerEffect.LeaveOut);
    }

    [Fact]
    public void In_a_wide_inclusion_window_a_late_quorum_is_published_and_the_parent_is_waited_for_until_its_end()
    {
        _rollup = new TestRollup(timetable: Wide);
        Reset();
        CheckpointProposal checkpoint = Collect();
        ConsensusTimetable timetable = _rollup.Timetable.Consensus;
        _now = timetable.AttestationDeadline(Slot);
        Assert.True(_now > timetable.SlotStart(Slot + 1));
        CheckpointCertificate certificate = _rollup.Certify(checkpoint.Header);
        Apply(new ProposerInput.CheckpointCertified(certificate));
        _now = timetable.InclusionEnd(Slot);
        Apply(new ProposerInput.Tick());
        Assert.Equal(ProposerState.Collecting, _machine.State);
        Apply(new ProposerInput.ParentSynced(new ParentStanding.Landed(ParentCheckpoint)));
        Assert.Equal(new ProposerEffect.RequestPublish(checkpoint.Header, certificate, timetable.EarliestL1Send(Slot), timetable.AttestationDeadline(Slot)), Last);
    }

    [Fact]
    public void A_parent_that_ended_otherwise_than_expected_is_named_by_the_checkpoint_as_it_ended()
    {
        Hash256 other = TestRollup.Digest("as it ended");
        Start();
        Apply(new ProposerInput.ParentCheckpointChanged(other));
        Build();
        Apply(new ProposerInput.ChunkCertified(_built[0].Hash));
        RunUntilBuild();
        Apply(new ProposerInput.BuildFailed());
        CheckpointProposal checkpoint = SignAndStoreCheckpoint();
        Assert.Equal(other, checkpoint.Header.Parent);

        // Once it is signed it stays as it is.
        Apply(new ProposerInput.ParentCheckpointChanged(ParentCheckpoint));
        Apply(new ProposerInput.CheckpointCertified(_rollup.Certify(checkpoint.Header)));
        Apply(new ProposerInput.ParentSynced(new ParentStanding.Landed(other)));
        Assert.IsType<ProposerEffect.RequestPublish>(Last);
    }

    [Fact]
    public void Case_32_without_a_quorum_nothing_is_published()
    {
        Collect();
        _now = _rollup.Timetable.Consensus.AttestationDeadline(Slot);
        Apply(new ProposerInput.Tick());
        Assert.Equal(ProposerState.Collecting, _machine.State);
        _now = _now.AddTicks(1);
        Apply(new ProposerInput.Tick());
        Assert.Equal(new ProposerEffect.Abandon(AbandonReason.AttestationTimeout), Last);
        Assert.DoesNotContain(_effects, effect => effect is ProposerEffect.RequestPublish);
    }

    [Fact]
    public void Case_32_a_parent_that_is_not_as_expected_discards_the_checkpoint_by_name()
    {
        (ParentStanding Standing, AbandonReason Reason)[] cases =
        [
            (new ParentStanding.InvalidAttestations(), AbandonReason.ParentInvalidAttestations),
            (new ParentStanding.Nothing(), AbandonReason.ParentNotOnL1),
            (new ParentStanding.Landed(TestRollup.Digest("other")), AbandonReason.ParentHashMismatch),
        ];
        foreach ((ParentStanding standing, AbandonReason reason) in cases)
        {
            Reset();
            CheckpointProposal checkpoint = Collect();
            Apply(new ProposerInput.CheckpointCertified(_rollup.Certify(checkpoint.Header)));
            Apply(new ProposerInput.ParentSynced(standing));
            Assert.Equal(new ProposerEffect.Abandon(reason), Last);
        }

        Reset();
        CheckpointProposal first = Collect(parent: Hash256.Zero);
        Apply(new ProposerInput.CheckpointCertified(_rollup.Certify(first.Header)));
        Apply(new ProposerInput.ParentSynced(new ParentStanding.Landed(ParentCheckpoint)));
        Assert.Equal(new ProposerEffect.Abandon(AbandonReason.UnexpectedParentAppeared), Last);

        Reset();
        CheckpointProposal waiting = Collect();
        Apply(new ProposerInput.CheckpointCertified(_rollup.Certify(waiting.Header)));
        _now = _rollup.Timetable.Consensus.SlotStart(Slot + 1).AddTicks(1);
        Apply(new ProposerInput.Tick());
        Assert.Equal(new ProposerEffect.Abandon(AbandonReason.ParentSyncTimeout), Last);
    }

    [Fact]
    public void Case_43_who_takes_over_sends_what_is_stored_and_completes_the_open_chunk_without_signing_anything_again()
    {
        ImmutableArray<ChunkProposal> stored = [_rollup.Propose(_rollup.Header(Slot, 0))];
        _now = _rollup.Timetable.BuildWindow(Slot, 5).End;
        Apply(new ProposerInput.Resumed(Parent, ParentCheckpoint, stored, IsChunkOpen: true, null));
        Assert.Equal(new ProposerEffect.BroadcastChunk(stored[0]), _effects[0]);
        ProposerEffect.BuildChunk build = Assert.IsType<ProposerEffect.BuildChunk>(Last);
        Assert.Equal((1U, true, 0, true), (build.Index, build.IsResumed, build.MinTransactions, build.IsLast));
        Assert.DoesNotContain(_effects, effect => effect is ProposerEffect.Sign);
    }

    [Fact]
    public void Case_43_a_chunk_that_was_signed_and_not_stored_is_signed_again_as_it_was_though_it_would_be_the_slot_s_last_one_by_now()
    {
        _now = _rollup.Timetable.BuildWindow(Slot, 5).End;
        Apply(new ProposerInput.Resumed(Parent, ParentCheckpoint, [], IsChunkOpen: true, null));
        ChunkHeader late = Seal();
        Assert.True(late.IsLast);
        Apply(new ProposerInput.SigningRefused());
        ChunkHeader signed = late.WithLast(false);
        Assert.NotEqual(late.Hash, signed.Hash);
        Assert.Equal(new ProposerEffect.Sign(signed.Statement), Last);
        Apply(new ProposerInput.Signed(_rollup.Sign(_rollup.ProposerOf(Slot), signed.Statement)));
        Assert.Equal(signed, Assert.IsType<ProposerEffect.StoreChunk>(Last).Proposal.Header);
        Apply(new ProposerInput.Stored());

        // No window is left for another one: the checkpoint follows.
        CheckpointProposal checkpoint = SignAndStoreCheckpoint();
        Assert.Equal(1U, checkpoint.Header.Chunks);
        Assert.Null(checkpoint.LastChunk);
    }

    [Fact]
    public void Case_43_a_chunk_of_which_neither_form_was_signed_ends_the_slot()
    {
        _now = _rollup.Timetable.BuildWindow(Slot, 5).End;
        Apply(new ProposerInput.Resumed(Parent, ParentCheckpoint, [], IsChunkOpen: true, null));
        Seal();
        Apply(new ProposerInput.SigningRefused());
        Apply(new ProposerInput.SigningRefused());
        Assert.Equal(new ProposerEffect.Abandon(AbandonReason.SigningRefused), Last);
    }

    [Fact]
    public void Case_43_a_checkpoint_that_was_signed_with_fewer_chunks_and_not_stored_is_found_again()
    {
        ChunkHeader first = _rollup.Header(Slot, 0);
        ChunkHeader second = _rollup.Header(Slot, 1, first.Block);
        ChunkHeader third = _rollup.Header(Slot, 2, second.Block, isLast: true);
        Apply(new ProposerInput.Resumed(Parent, ParentCheckpoint, [_rollup.Propose(first), _rollup.Propose(second), _rollup.Propose(third)], IsChunkOpen: false, null));
        Statement all = Assert.IsType<ProposerEffect.Sign>(Last).Statement;
        Apply(new ProposerInput.SigningRefused());
        Statement two = Assert.IsType<ProposerEffect.Sign>(Last).Statement;
        Apply(new ProposerInput.SigningRefused());
        Assert.Equal(3, new HashSet<Statement> { all, two, Assert.IsType<ProposerEffect.Sign>(Last).Statement }.Count);
        Assert.Equal(2, Assert.IsType<ProposerEffect.LeaveOut>(_effects[^2]).Chunks.Length);
        Assert.Equal(1U, SignAndStoreCheckpoint().Header.Chunks);
    }

    [Fact]
    public void Where_the_disk_fails_while_a_chunk_is_built_no_checkpoint_without_it_is_signed()
    {
        Start();
        Build();
        RunUntilBuild();
        Assert.IsType<ProposerEffect.BuildChunk>(Last);
        int before = _effects.Count;
        Apply(new ProposerInput.StorageFailed());
        Assert.Equal([new ProposerEffect.Abandon(AbandonReason.StorageFailed)], _effects.Skip(before));
        Apply(new ProposerInput.Tick());
        Assert.Equal(ProposerState.Abandoned, _machine.State);
    }

    [Fact]
    public void Case_43_a_stored_checkpoint_is_sent_again_as_it_is()
    {
        CheckpointProposal checkpoint = Collect();
        _machine = new ProposerMachine(_rollup.Context, _rollup.Timetable, Slot);
        _effects.Clear();
        Apply(new ProposerInput.Resumed(Parent, ParentCheckpoint, [_rollup.Propose(_built[0])], false, checkpoint));
        Assert.Contains(new ProposerEffect.SendCheckpoint(checkpoint), _effects);
        Assert.DoesNotContain(_effects, effect => effect is ProposerEffect.Sign);
        Assert.Equal(ProposerState.Collecting, _machine.State);
    }

    [Fact]
    public void Case_08_what_a_chunk_leaves_later_ones_may_use()
    {
        SlotLimits slot = new(150_000_000, 1_000, 100);
        Assert.Equal(new SlotLimits(18_000_000, 150, 12), SlotBudget.Next(slot, new SlotLimits(0, 0, 0), 0, 10));
        Assert.Equal(20_000_000UL, SlotBudget.Next(slot, new SlotLimits(0, 0, 0), 1, 10).Gas);
        Assert.Equal(slot, SlotBudget.Next(slot, new SlotLimits(0, 0, 0), 9, 10));
        Assert.Equal(new SlotLimits(0, 0, 0), SlotBudget.Next(slot, new SlotLimits(200_000_000, 1_000, 100), 12, 10));
        Assert.Equal(ulong.MaxValue, SlotBudget.Next(SlotLimits.None, new SlotLimits(0, 0, 0), 0, 1).Gas);
    }

    private void Reset()
    {
        _machine = new ProposerMachine(_rollup.Context, _rollup.Timetable, Slot);
        _effects.Clear();
        _built.Clear();
        _now = _rollup.Timetable.Consensus.FrameStart(Slot);
    }

    private void Start(int available = 10, Hash256? parent = null)
    {
        Apply(new ProposerInput.TransactionsAvailable(available));
        Apply(new ProposerInput.ParentChosen(Parent, parent ?? ParentCheckpoint));
    }

    private CheckpointProposal Collect(Hash256? parent = null)
    {
        Start(parent: parent);
        Build(isSlotFull: true);
        return SignAndStoreCheckpoint();
    }

    private ChunkHeader Seal(bool isSlotFull = false)
    {
        ProposerEffect.BuildChunk build = Assert.IsType<ProposerEffect.BuildChunk>(Last);
        ChunkHeader header = _rollup.Header(Slot, build.Index, _built.Count == 0 ? null : _built[^1].Block, isLast: build.IsLast);
        Apply(new ProposerInput.ChunkBuilt(header, header.Block.ComputeHash(), isSlotFull));
        Assert.Equal(new ProposerEffect.Sign(header.Statement), Last);
        return header;
    }

    private ChunkProposal Build(bool isSlotFull = false)
    {
        ChunkHeader header = Seal(isSlotFull);
        Apply(new ProposerInput.Signed(_rollup.Sign(_rollup.ProposerOf(Slot), header.Statement)));
        ChunkProposal proposal = Assert.IsType<ProposerEffect.StoreChunk>(Last).Proposal;
        _built.Add(header);
        Apply(new ProposerInput.Stored());
        return proposal;
    }

    private CheckpointProposal SignAndStoreCheckpoint()
    {
        Statement statement = Assert.IsType<ProposerEffect.Sign>(Last).Statement;
        Assert.Equal(Duty.CheckpointProposal(Slot), statement.Duty);
        Apply(new ProposerInput.Signed(_rollup.Sign(_rollup.ProposerOf(Slot), statement)));
        CheckpointProposal proposal = Assert.IsType<ProposerEffect.StoreCheckpoint>(Last).Proposal;
        Assert.DoesNotContain(_effects, effect => effect is ProposerEffect.SendCheckpoint);
        Apply(new ProposerInput.Stored());
        Assert.Contains(new ProposerEffect.SendCheckpoint(proposal), _effects);
        return proposal;
    }

    private void RunUntilBuild()
    {
        while (Last is ProposerEffect.WakeAt wake)
        {
            _now = wake.At;
            Apply(new ProposerInput.Tick());
        }
    }

    private void Apply(ProposerInput input) => _effects.AddRange(_machine.Apply(input, _now));
}
