using System.Collections.Immutable;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Tests.Flashblocks;

/// <summary>The decision table of flashblocks 4.5, one test a row, and the reconciliation of 4.3.</summary>
public sealed class FlashblockSequenceTests
{
    private static readonly Hash256 Head = Hash(99);

    // Chunk (10, 3) at height 100 with two flashblocks, ended; chunk (10, 4) at height 101 with one, open.
    private static readonly FlashblockPayload A0 = Payload(10, 3, 0, 100, parent: Head);
    private static readonly FlashblockPayload A1 = Payload(10, 3, 1, 100, previous: A0.Hash, isLast: true);
    private static readonly PendingChunk A = PendingChunk.Open(A0).With(A1);
    private static readonly FlashblockPayload B0 = Payload(10, 4, 0, 101, parent: A.BlockHash);
    private static readonly PendingChunk B = PendingChunk.Open(B0);

    [Fact]
    public void S1_The_next_index_extends_the_newest_chunk() => AssertDecision(new FlashblockDecision.Extend(), Payload(10, 4, 1, 101, previous: B0.Hash));

    [Fact]
    public void S2_S21_S48_Index_0_of_the_next_height_opens_a_chunk_on_the_pending_one()
    {
        AssertDecision(new FlashblockDecision.Open(), Payload(10, 5, 0, 102, parent: B.BlockHash));
        AssertDecision(new FlashblockDecision.Open(), Payload(11, 0, 0, 102, parent: B.BlockHash));
        Assert.Equal(new FlashblockDecision.Open(), FlashblockSequence.Decide([], 99, Head, A0));
    }

    [Fact]
    public void S3_S23_Trap_10_An_exact_duplicate_is_dropped()
    {
        AssertDecision(new FlashblockDecision.Duplicate(), A0);
        AssertDecision(new FlashblockDecision.Duplicate(), A1);
        AssertDecision(new FlashblockDecision.Duplicate(), B0);
    }

    [Fact]
    public void Other_content_at_a_known_position_is_equivocation_and_the_first_stays()
    {
        AssertDecision(new FlashblockDecision.Equivocation(B0.Hash), Payload(10, 4, 0, 101, parent: A.BlockHash, gas: 9));
        AssertDecision(new FlashblockDecision.Equivocation(A1.Hash), Payload(10, 3, 1, 100, previous: A0.Hash, gas: 9));
    }

    [Theory]
    [InlineData(2u)]
    [InlineData(9u)]
    public void S4_A_forward_gap_names_the_first_missing_index(uint index) => AssertDecision(new FlashblockDecision.Gap(1), Payload(10, 4, index, 101, previous: Head));

    [Fact]
    public void A_later_slot_replaces_what_is_pending_at_its_height()
    {
        AssertDecision(new FlashblockDecision.Replace(101), Payload(11, 0, 0, 101, parent: A.BlockHash));
        AssertDecision(new FlashblockDecision.Replace(100), Payload(11, 0, 0, 100, parent: Head));
    }

    [Fact]
    public void An_earlier_slot_comes_too_late() => AssertDecision(new FlashblockDecision.Stale(), Payload(9, 5, 0, 100, parent: Head));

    [Fact]
    public void S5_A_settled_height_is_stale() => AssertDecision(new FlashblockDecision.Stale(), Payload(10, 2, 0, 99, parent: Hash(98)));

    [Fact]
    public void S5_S20_A_later_index_of_an_unknown_chunk_is_held() => AssertDecision(new FlashblockDecision.Hold(), Payload(11, 0, 1, 102, previous: Head));

    [Fact]
    public void S5_A_height_too_far_ahead_is_held() => AssertDecision(new FlashblockDecision.Hold(), Payload(11, 0, 0, 103, parent: Head));

    [Fact]
    public void A_wrong_parent_is_refused_and_nothing_is_dropped()
    {
        AssertDecision(new FlashblockDecision.Refuse(FlashblockFault.WrongParent), Payload(10, 5, 0, 102, parent: Head));
        AssertDecision(new FlashblockDecision.Refuse(FlashblockFault.WrongParent), Payload(11, 0, 0, 101, parent: Head));
        AssertDecision(new FlashblockDecision.Refuse(FlashblockFault.WrongParent), Payload(11, 0, 0, 100, parent: A.BlockHash));
    }

    [Fact]
    public void What_contradicts_its_chunk_is_refused()
    {
        AssertDecision(new FlashblockDecision.Refuse(FlashblockFault.WrongPredecessor), Payload(10, 4, 1, 101, previous: A0.Hash));
        AssertDecision(new FlashblockDecision.Refuse(FlashblockFault.AfterLast), Payload(10, 3, 2, 100, previous: A1.Hash));
        AssertDecision(new FlashblockDecision.Refuse(FlashblockFault.WrongPayload), Payload(10, 4, 1, 102, previous: B0.Hash));
        AssertDecision(new FlashblockDecision.Refuse(FlashblockFault.WrongPayload), Payload(10, 4, 1, 101, previous: B0.Hash, payloadId: 1));
        AssertDecision(new FlashblockDecision.Refuse(FlashblockFault.UnexpectedBase), Payload(10, 4, 1, 101, previous: B0.Hash, parent: Head));
        AssertDecision(new FlashblockDecision.Refuse(FlashblockFault.MissingBase), Payload(10, 5, 0, 102));
    }

    [Fact]
    public void A_chunk_that_has_another_on_top_takes_no_more_flashblocks()
    {
        PendingChunk open = PendingChunk.Open(A0);
        PendingChunk above = PendingChunk.Open(Payload(10, 4, 0, 101, parent: open.BlockHash));
        Assert.Equal(new FlashblockDecision.Refuse(FlashblockFault.AfterLast), FlashblockSequence.Decide([open, above], 99, Head, A1));
    }

    [Fact]
    public void S6_S7_S45_S46_S49_Canonical_blocks_and_what_they_mean_for_the_pending_ones()
    {
        Assert.Equal(new Reconciliation.NothingPending(), FlashblockSequence.Reconcile([], 100, Head, 5));
        Assert.Equal(new Reconciliation.Continue(1), FlashblockSequence.Reconcile([A, B], 100, A.BlockHash, 5));
        Assert.Equal(new Reconciliation.Continue(0), FlashblockSequence.Reconcile([A, B], 99, Head, 5));
        Assert.Equal(new Reconciliation.CatchUp(true), FlashblockSequence.Reconcile([A, B], 101, B.BlockHash, 5));
        Assert.Equal(new Reconciliation.CatchUp(false), FlashblockSequence.Reconcile([A, B], 101, Head, 5));
        Assert.Equal(new Reconciliation.CatchUp(false), FlashblockSequence.Reconcile([A, B], 105, Head, 5));
        Assert.Equal(new Reconciliation.Reorg(), FlashblockSequence.Reconcile([A, B], 100, Head, 5));
        Assert.Equal(new Reconciliation.Reorg(), FlashblockSequence.Reconcile([A, B], 99, Hash(1), 5));
        Assert.Equal(new Reconciliation.Continue(0), FlashblockSequence.Reconcile([A, B], 99, Head, 2));
        Assert.Equal(new Reconciliation.TooDeep(2, 1), FlashblockSequence.Reconcile([A, B], 99, Head, 1));
    }

    private static void AssertDecision(FlashblockDecision expected, FlashblockPayload incoming) =>
        Assert.Equal(expected, FlashblockSequence.Decide([A, B], 99, Head, incoming));

    private static FlashblockPayload Payload(
        ulong slot, uint chunk, uint index, ulong number, Hash256 previous = default, Hash256? parent = null, ulong gas = 1, bool isLast = false, ulong? payloadId = null)
    {
        FlashblockBase? fields = parent is { } hash ? new FlashblockBase(default, hash, default, default, number, 1, 1, default, 1) : null;
        FlashblockDiff diff = new(default, default, Bloom.Empty, gas, Hash((number * 1000) + index), ImmutableArray<Bytes>.Empty, [], default, null);
        return new FlashblockPayload(
            slot, default, chunk, index, payloadId ?? FlashblockPayload.PayloadIdOf(slot, chunk), number, previous, isLast, 0, fields, diff);
    }

    private static Hash256 Hash(ulong number) => Hash256.Parse(number.ToString("x64", null));
}
