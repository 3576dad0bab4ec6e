using System.Collections.Immutable;
using Cloud.Protocol.Checkpoints;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tests.Support;
using Cloud.Protocol.Time;

namespace Cloud.Protocol.Tests.Checkpoints;

public sealed class CheckpointAssemblyTests
{
    private static readonly Hash256 Parent = TestRollup.Digest("parent");

    private readonly TestRollup _rollup = new();

    private ConsensusTimetable Timetable => _rollup.Timetable.Consensus;

    [Fact]
    public void The_header_names_first_and_last_chunk_sums_the_gas_and_starts_with_the_slot()
    {
        ImmutableArray<ChunkHeader> chunks = _rollup.Chunks(5, 4);
        AssemblyResult.Assembled result = Assert.IsType<AssemblyResult.Assembled>(Assemble(chunks, "cccc"));
        CheckpointHeader header = result.Header;
        Assert.Equal(0, result.LeftOut);
        Assert.Equal((5UL, Parent, 1UL, 4U), (header.Slot, header.Parent, header.FirstBlock, header.Chunks));
        Assert.Equal(chunks[3].Block.ComputeHash(), header.BlockHash);
        Assert.Equal(chunks[3].Block.StateRoot, header.StateRoot);
        Assert.Equal(4UL * 42_000, header.GasUsed);
        Assert.Equal((ulong)_rollup.Timetable.Consensus.SlotStart(5).ToUnixTimeSeconds(), header.Timestamp);
        Assert.Equal(CheckpointHeader.HashOfChunks([.. chunks.Select(chunk => chunk.Hash)]), header.ChunksHash);
    }

    [Theory]
    [InlineData("cccc", 4)]
    [InlineData("ccee", 4)]
    [InlineData("ccue", 2)]
    [InlineData("cucc", 1)]
    [InlineData("ecuc", 2)]
    public void The_checkpoint_is_the_longest_prefix_that_can_have_certificates(string standings, int expected)
    {
        AssemblyResult.Assembled result = Assert.IsType<AssemblyResult.Assembled>(Assemble(_rollup.Chunks(5, 4), standings));
        Assert.Equal((uint)expected, result.Header.Chunks);
        Assert.Equal(4 - expected, result.LeftOut);
    }

    [Theory]
    [InlineData("ccec", 2)]
    [InlineData("cccc", 4)]
    public void Where_certificates_are_needed_the_first_one_missing_ends_the_checkpoint(string standings, int expected)
    {
        AssemblyResult result = CheckpointAssembly.Assemble(Timetable, Parent, Candidates(_rollup.Chunks(5, 4), standings), isCertificateNeeded: true);
        Assert.Equal((uint)expected, Assert.IsType<AssemblyResult.Assembled>(result).Header.Chunks);
    }

    [Fact]
    public void Without_a_chunk_to_submit_there_is_no_checkpoint()
    {
        Assert.IsType<AssemblyResult.NoChunks>(CheckpointAssembly.Assemble(Timetable, Parent, []));
        Assert.Equal(new AssemblyResult.NothingCertified(ChunkStanding.Unlikely), Assemble(_rollup.Chunks(5, 2), "uc"));
    }

    [Fact]
    public void Chunks_that_are_no_chain_are_told()
    {
        ImmutableArray<ChunkHeader> chunks = _rollup.Chunks(5, 4);
        Assert.Equal(new AssemblyResult.NoChain(2), Assemble([chunks[0], chunks[1], chunks[3]], "ccc"));
        Assert.Equal(new AssemblyResult.NoChain(0), Assemble([chunks[1], chunks[2]], "cc"));
        Assert.Equal(new AssemblyResult.NoChain(1), Assemble([chunks[0], _rollup.Header(5, 1, variant: "other")], "cc"));
    }

    [Fact]
    public void Case_41_each_field_of_a_proposed_header_is_compared()
    {
        ImmutableArray<ChunkHeader> chunks = _rollup.Chunks(5, 3);
        CandidateChunk[] candidates = Candidates(chunks, "ccc");
        CheckpointHeader good = CheckpointAssembly.HeaderOf(Timetable, Parent, candidates, Hash256.Zero);
        CheckpointFault? Check(CheckpointHeader header) => CheckpointAssembly.Check(Timetable, header, Parent, candidates, Hash256.Zero, SlotLimits.None);
        CheckpointHeader With(
            Hash256? parent = null, ulong? firstBlock = null, uint? count = null, Hash256? chunksHash = null, Hash256? blockHash = null, Hash256? stateRoot = null,
            Hash256? inHash = null, Hash256? outHash = null, ulong? timestamp = null, Address? recipient = null, ulong? gas = null) => new(
                good.Slot, parent ?? good.Parent, firstBlock ?? good.FirstBlock, count ?? good.Chunks, chunksHash ?? good.ChunksHash, blockHash ?? good.BlockHash,
                stateRoot ?? good.StateRoot, inHash ?? good.InHash, outHash ?? good.OutHash, timestamp ?? good.Timestamp, recipient ?? good.FeeRecipient, gas ?? good.GasUsed);
        Hash256 wrong = TestRollup.Digest("wrong");

        Assert.Null(Check(good));
        Assert.Equal(CheckpointFault.WrongParent, Check(With(parent: wrong)));
        Assert.Equal(CheckpointFault.FirstBlockMismatch, Check(With(firstBlock: 2)));
        Assert.Equal(CheckpointFault.LastChunkMismatch, Check(With(count: 2)));
        Assert.Equal(CheckpointFault.TooManyChunks, Check(With(count: 7)));
        Assert.Equal(CheckpointFault.LastChunkMismatch, Check(With(blockHash: wrong)));
        Assert.Equal(CheckpointFault.ChunksMismatch, Check(With(chunksHash: wrong)));
        Assert.Equal(CheckpointFault.StateRootMismatch, Check(With(stateRoot: wrong)));
        Assert.Equal(CheckpointFault.InHashMismatch, Check(With(inHash: wrong)));
        Assert.Equal(CheckpointFault.OutHashMismatch, Check(With(outHash: wrong)));
        Assert.Equal(CheckpointFault.TimestampMismatch, Check(With(timestamp: 1)));
        Assert.Equal(CheckpointFault.FeeRecipientMismatch, Check(With(recipient: TestRollup.NumberedAddress(9))));
        Assert.Equal(CheckpointFault.GasMismatch, Check(With(gas: 1)));
        Assert.Equal(
            CheckpointFault.LimitExceeded, CheckpointAssembly.Check(Timetable, good, Parent, candidates, Hash256.Zero, new SlotLimits(good.GasUsed - 1, 0, 100)));
        Assert.Equal(
            CheckpointFault.LimitExceeded, CheckpointAssembly.Check(Timetable, good, Parent, candidates, Hash256.Zero, new SlotLimits(good.GasUsed, 0, 5)));
    }

    [Theory]
    [InlineData("ccc", CheckpointFault.LastChunkMismatch)]
    [InlineData("cce", null)]
    [InlineData("ccu", null)]
    public void Case_22_a_checkpoint_that_ends_below_a_certified_chunk_of_its_proposer_is_refused(string standings, CheckpointFault? expected)
    {
        ImmutableArray<ChunkHeader> chunks = _rollup.Chunks(5, 3);
        CheckpointHeader truncated = CheckpointAssembly.HeaderOf(Timetable, Parent, Candidates(chunks, "ccc").AsSpan(0, 2), Hash256.Zero);
        Assert.Equal(expected, CheckpointAssembly.Check(Timetable, truncated, Parent, Candidates(chunks, standings), Hash256.Zero, SlotLimits.None));
    }

    private AssemblyResult Assemble(ImmutableArray<ChunkHeader> chunks, string standings) =>
        CheckpointAssembly.Assemble(Timetable, Parent, Candidates(chunks, standings));

    private static CandidateChunk[] Candidates(ImmutableArray<ChunkHeader> chunks, string standings) =>
        [.. chunks.Zip(standings, (chunk, standing) => new CandidateChunk(chunk, chunk.Block.ComputeHash(), standing switch
        {
            'c' => ChunkStanding.Certified,
            'e' => ChunkStanding.Expected,
            _ => ChunkStanding.Unlikely,
        }))];
}
