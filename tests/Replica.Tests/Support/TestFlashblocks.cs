using System.Collections.Immutable;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Tests.Support;
using Cloud.Protocol.Validation;

namespace Cloud.Replica.Tests.Support;

/// <summary>Signed flashblocks of one chunk, one after the other.</summary>
internal sealed class TestFlashblocks(TestRollup rollup, ulong slot, uint chunk, ulong number, Hash256? parent = null, string variant = "")
{
    private Hash256 _previous;
    private uint _index;

    internal Hash256 BlockHash { get; private set; }

    internal Flashblock Next(params ImmutableArray<byte[]> transactions) => Next(isLast: false, transactions);

    internal Flashblock Next(bool isLast, params ImmutableArray<byte[]> transactions)
    {
        BlockHash = TestRollup.Digest($"block {slot} {chunk} {_index} {variant}");
        FlashblockBase? fields = _index > 0
            ? null
            : new FlashblockBase(default, parent ?? TestRollup.Digest("parent"), default, default, number, 30_000_000, 0, default, UInt256.One);
        FlashblockDiff diff = new(
            TestRollup.Digest($"state {variant}"), default, Bloom.Empty, 21_000, BlockHash, [.. transactions.Select(body => (Bytes)body)], [], default, null);
        FlashblockPayload payload = new(
            slot, rollup.ProposerOf(slot), chunk, _index, FlashblockPayload.PayloadIdOf(slot, chunk), number, _previous, isLast, 0, fields, diff);
        _previous = payload.Hash;
        _index++;
        return new Flashblock(rollup.Context, payload, rollup.Sign(rollup.ProposerOf(slot), payload.Statement));
    }

    internal static Validated<Flashblock> Valid(Flashblock flashblock) => new(flashblock, new Validity.Accepted(flashblock.Payload.Producer));
}
