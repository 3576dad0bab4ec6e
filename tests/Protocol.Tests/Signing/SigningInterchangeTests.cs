using System.Text;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Signing;
using FsCheck;
using FsCheck.Fluent;

namespace Cloud.Protocol.Tests.Signing;

public sealed class SigningInterchangeTests
{
    private static readonly SigningContext Context = new(7357, Address.Parse(new string('a', 40)));
    private static readonly Address Key = Address.Parse(new string('b', 40));
    private static readonly Hash256 One = Hash256.Parse("0x" + new string('1', 64));
    private static readonly Hash256 Two = Hash256.Parse("0x" + new string('2', 64));

    [Fact]
    public void The_text_of_an_export_is_pinned()
    {
        SigningHistory history = SigningHistory.Of(Context,
        [
            new ValidatorHistory(Key, new SigningWatermarks(1, 2, 3, 4, 5, 6),
            [
                new SignedDuty(Duty.CheckpointAttestation(12, AttestationKind.Locked), null),
                new SignedDuty(Duty.Flashblock(12, 3, 0), One),
                new SignedDuty(Duty.CheckpointPublication(12), One),
                new SignedDuty(Duty.ChunkAttestation(12, Key, 3, AttestationKind.Executed), Two),
            ]),
        ]);
        string text = Encoding.UTF8.GetString(SigningInterchange.Write(history));
        string flat = string.Concat(text.Split('\n').Select(line => line.Trim()));
        Assert.Equal(
            $"{{\"metadata\": {{\"interchange_format_version\": \"1\",\"chain_id\": \"7357\",\"rollup\": \"{Context.Rollup}\"}},"
            + $"\"data\": [{{\"validator\": \"{Key}\","
            + "\"watermarks\": {\"flashblocks\": \"1\",\"chunks\": \"2\",\"checkpoints\": \"3\",\"chunk_attestations\": \"4\",\"checkpoint_attestations\": \"5\",\"publications\": \"6\"},"
            + $"\"signed_flashblocks\": [{{\"slot\": \"12\",\"chunk\": \"3\",\"index\": \"0\",\"signing_root\": \"{One}\"}}],"
            + "\"signed_chunks\": [],\"signed_checkpoints\": [],"
            + $"\"signed_chunk_attestations\": [{{\"slot\": \"12\",\"producer\": \"{Key}\",\"chunk\": \"3\",\"kind\": \"executed\",\"signing_root\": \"{Two}\"}}],"
            + "\"signed_checkpoint_attestations\": [{\"slot\": \"12\",\"kind\": \"locked\"}],"
            + $"\"signed_publications\": [{{\"slot\": \"12\",\"signing_root\": \"{One}\"}}]}}]}}",
            flat);
    }

    [Fact]
    public void An_export_reads_back() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            SigningHistory history = Random(seed);
            Assert.Equal(history, Assert.IsType<InterchangeReading.Ok>(SigningInterchange.Read(SigningInterchange.Write(history))).History);
        }));

    [Fact]
    public void A_merge_is_nowhere_less_careful_than_either_side() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(Gen.Choose(0, int.MaxValue / 2).ToArbitrary(), seed =>
        {
            SigningHistory left = Random(seed);
            SigningHistory right = Random(seed + 1);
            SigningHistory merged = Merged(left, right);
            foreach (ValidatorHistory before in left.Validators.Concat(right.Validators))
            {
                ValidatorHistory after = merged.Validators.Single(v => v.Validator == before.Validator);
                Assert.Equal(after.Watermarks, after.Watermarks.Max(before.Watermarks));
                foreach (SignedDuty signed in before.Signed)
                {
                    // Whatever was refused before is refused after.
                    SigningDecision decision = Decide(after, signed.Duty, Two);
                    Assert.IsNotType<SigningDecision.Sign>(decision);
                    Assert.True(decision is not SigningDecision.SameAgain || signed.SigningRoot == Two);
                }
            }

            Assert.Equal(merged, Merged(right, left));
            Assert.Equal(merged, Merged(merged, left));
            Assert.Equal(merged, Merged(merged, merged));
        }));

    [Fact]
    public void An_import_never_lowers_a_watermark_and_drops_what_is_below()
    {
        SigningHistory ours = History(new SigningWatermarks(10, 10, 10, 10, 10), (Duty.ChunkProposal(10, 0), One));
        SigningHistory theirs = History(new SigningWatermarks(1, 20, 1, 1, 1), (Duty.ChunkProposal(19, 0), Two), (Duty.CheckpointProposal(11), Two));
        ValidatorHistory merged = Merged(ours, theirs).Validators.Single();
        Assert.Equal(new SigningWatermarks(10, 20, 10, 10, 10), merged.Watermarks);
        Assert.Equal([new SignedDuty(Duty.CheckpointProposal(11), Two)], merged.Signed);
    }

    [Fact]
    public void Two_roots_at_one_position_are_reported_and_block_the_position()
    {
        SigningHistory ours = History(default, (Duty.ChunkProposal(10, 0), One));
        SigningHistory theirs = History(default, (Duty.ChunkProposal(10, 0), Two));
        SigningMerge.Merged merge = Assert.IsType<SigningMerge.Merged>(ours.Merge(theirs));
        Assert.Equal([new SigningConflict(Key, Duty.ChunkProposal(10, 0), One, Two)], merge.Conflicts);
        ValidatorHistory merged = merge.Result.Validators.Single();
        Assert.IsType<SigningDecision.WouldEquivocate>(Decide(merged, Duty.ChunkProposal(10, 0), One));
        Assert.IsType<SigningDecision.WouldEquivocate>(Decide(merged, Duty.ChunkProposal(10, 0), Two));
    }

    [Fact]
    public void An_import_from_another_rollup_is_refused_with_rule_and_remedy()
    {
        SigningHistory ours = History(default, (Duty.ChunkProposal(10, 0), One));
        foreach (SigningContext other in new[] { Context with { ChainId = 1 }, Context with { Rollup = Address.Zero } })
        {
            SigningMerge.Refused refused = Assert.IsType<SigningMerge.Refused>(ours.Merge(ours with { Context = other }));
            Assert.Equal(new InterchangeRefusal.OtherRollup(other, Context), refused.Reason);
            Assert.Contains("import the export of this rollup", refused.Reason.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Missing_lists_watermarks_and_roots_are_allowed()
    {
        SigningHistory history = Read($$"""
            {"metadata":{"interchange_format_version":"1","chain_id":"7357","rollup":"{{Context.Rollup}}","more":1},
             "data":[{"validator":"{{Key}}","signed_chunks":[{"slot":"5","chunk":"1"}]}]}
            """);
        ValidatorHistory validator = history.Validators.Single();
        Assert.Equal(default, validator.Watermarks);
        Assert.Equal([new SignedDuty(Duty.ChunkProposal(5, 1), null)], validator.Signed);
    }

    [Fact]
    public void One_key_twice_in_a_file_is_one_history()
    {
        SigningHistory history = Read($$"""
            {"metadata":{"interchange_format_version":"1","chain_id":"7357","rollup":"{{Context.Rollup}}"},
             "data":[{"validator":"{{Key}}","signed_chunks":[{"slot":"5","chunk":"1","signing_root":"{{One}}"}]},
                     {"validator":"{{Key}}","signed_chunks":[{"slot":"5","chunk":"1","signing_root":"{{Two}}"},{"slot":"6","chunk":"1","signing_root":"{{Two}}"}]}]}
            """);
        Assert.Equal(
            [new SignedDuty(Duty.ChunkProposal(5, 1), null), new SignedDuty(Duty.ChunkProposal(6, 1), Two)],
            history.Validators.Single().Signed);
    }

    [Theory]
    [InlineData("\"interchange_format_version\":\"1\"", "\"interchange_format_version\":1", "metadata.interchange_format_version")]
    [InlineData("\"chain_id\":\"7357\"", "\"chain_id\":7357", "metadata.chain_id")]
    [InlineData("\"chain_id\":\"7357\"", "\"chain_id\":\"-1\"", "metadata.chain_id")]
    [InlineData("\"chain_id\":\"7357\"", "\"chain_id\":\"18446744073709551616\"", "metadata.chain_id")]
    [InlineData("\"rollup\":\"0xaa", "\"rollup\":\"0xzz", "metadata.rollup")]
    [InlineData("\"metadata\"", "\"meta\"", "metadata")]
    [InlineData("\"data\"", "\"dat\"", "data")]
    [InlineData("\"validator\":\"0xbb", "\"validator\":\"0xbbb", "data[0].validator")]
    [InlineData("\"checkpoints\":\"3\"", "\"checkpoints\":3", "data[0].watermarks.checkpoints")]
    [InlineData("\"signed_chunks\":[", "\"signed_chunks\":5,\"x\":[", "data[0].signed_chunks")]
    [InlineData("{\"slot\":\"12\"", "{\"slot\":\"a\"", "data[0].signed_flashblocks[0].slot")]
    [InlineData("\"chunk\":\"3\"", "\"chunk\":\"4294967296\"", "data[0].signed_flashblocks[0].chunk")]
    [InlineData("\"index\":\"0\"", "\"index\":\"\"", "data[0].signed_flashblocks[0].index")]
    [InlineData("\"kind\":\"locked\"", "\"kind\":\"other\"", "data[0].signed_checkpoint_attestations[0].kind")]
    [InlineData("\"producer\":\"0xbb", "\"producer\":\"bbb", "data[0].signed_chunk_attestations[0].producer")]
    [InlineData("\"signing_root\":\"0x11", "\"signing_root\":\"0x1", "data[0].signed_flashblocks[0].signing_root")]
    public void A_field_of_another_form_is_named(string from, string to, string path)
    {
        string valid = Valid();
        Assert.Contains(from, valid, StringComparison.Ordinal);
        int at = valid.IndexOf(from, StringComparison.Ordinal);
        string broken = valid[..at] + to + valid[(at + from.Length)..];
        InterchangeRefusal.InvalidField refusal = Assert.IsType<InterchangeRefusal.InvalidField>(Refusal(broken));
        Assert.Equal(path, refusal.Path);
        Assert.Contains(path, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_broken_files_are_refused_with_their_reason()
    {
        Assert.IsType<InterchangeRefusal.NotJson>(Refusal(Valid()[..^2]));
        Assert.IsType<InterchangeRefusal.NotJson>(Refusal(string.Empty));
        Assert.IsType<InterchangeRefusal.NotJson>(Refusal("{\"metadata\":{\"interchange_format_version\":\"\\ud800\"}}"));
        Assert.IsType<InterchangeRefusal.NotJson>(Refusal(Valid().Replace("\"data\":", "\"metadata\":", StringComparison.Ordinal)));
        Assert.IsType<InterchangeRefusal.InvalidField>(Refusal("[]"));
        Assert.Equal(new InterchangeRefusal.UnknownVersion("5"), Refusal(Valid().Replace("version\":\"1\"", "version\":\"5\"", StringComparison.Ordinal)));
        Assert.Equal(
            new InterchangeRefusal.TooLarge(SigningInterchange.MaxLength + 1, SigningInterchange.MaxLength),
            Assert.IsType<InterchangeReading.Refused>(SigningInterchange.Read(new byte[SigningInterchange.MaxLength + 1])).Reason);
        string many = string.Join(',', Enumerable.Repeat("{}", SigningInterchange.MaxValidators + 1));
        Assert.Equal(
            new InterchangeRefusal.TooMany("validators", SigningInterchange.MaxValidators),
            Refusal(Valid()[..Valid().IndexOf("\"data\":", StringComparison.Ordinal)] + "\"data\":[" + many + "]}"));
    }

    [Theory]
    [InlineData(31)]
    public void Mutated_files_are_read_or_refused_without_an_exception(int seed)
    {
        Random random = new(seed);
        byte[] sample = Encoding.UTF8.GetBytes(Valid());
        HashSet<Type> outcomes = [];
        for (int i = 0; i < 20_000; i++)
        {
            byte[] file = [.. sample];
            for (int round = random.Next(1, 4); round > 0; round--)
            {
                int position = random.Next(file.Length);
                if (random.Next(5) == 0)
                {
                    file = [.. file[..position], .. file[Math.Min(file.Length, position + random.Next(1, 6))..], (byte)'}'];
                }
                else
                {
                    file[position] = random.Next(2) == 0 ? (byte)(file[position] ^ (1 << random.Next(8))) : "{}[]\":,0x1"u8[random.Next(10)];
                }
            }

            try
            {
                outcomes.Add(SigningInterchange.Read(file) is InterchangeReading.Refused refused ? refused.Reason.GetType() : typeof(InterchangeReading.Ok));
            }
            catch (Exception exception)
            {
                Assert.Fail($"seed {seed}, case {i}, file {Encoding.UTF8.GetString(file)}: {exception}");
            }
        }

        Assert.True(outcomes.Count >= 4, string.Join(", ", outcomes));
    }

    private static string Valid()
    {
        SigningHistory history = SigningHistory.Of(Context,
        [
            new ValidatorHistory(Key, new SigningWatermarks(1, 2, 3, 4, 5),
            [
                new SignedDuty(Duty.Flashblock(12, 3, 0), One),
                new SignedDuty(Duty.ChunkProposal(12, 3), One),
                new SignedDuty(Duty.CheckpointProposal(12), One),
                new SignedDuty(Duty.ChunkAttestation(12, Key, 3, AttestationKind.Executed), Two),
                new SignedDuty(Duty.CheckpointAttestation(12, AttestationKind.Locked), Two),
            ]),
        ]);
        string text = Encoding.UTF8.GetString(SigningInterchange.Write(history));
        return string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
    }

    private static SigningHistory History(SigningWatermarks watermarks, params (Duty Duty, Hash256 Root)[] signed) =>
        SigningHistory.Of(Context, [new ValidatorHistory(Key, watermarks, [.. signed.Select(s => new SignedDuty(s.Duty, s.Root))])]);

    private static SigningHistory Read(string json) => Assert.IsType<InterchangeReading.Ok>(SigningInterchange.Read(Encoding.UTF8.GetBytes(json))).History;

    private static InterchangeRefusal Refusal(string json) =>
        Assert.IsType<InterchangeReading.Refused>(SigningInterchange.Read(Encoding.UTF8.GetBytes(json))).Reason;

    private static SigningHistory Merged(SigningHistory left, SigningHistory right) => Assert.IsType<SigningMerge.Merged>(left.Merge(right)).Result;

    private static SigningDecision Decide(ValidatorHistory history, Duty duty, Hash256 root)
    {
        SignedDuty? existing = history.Signed.Where(s => s.Duty == duty).Select(s => (SignedDuty?)s).SingleOrDefault();
        return SigningRules.Decide(duty, root, history.Watermarks.Of(duty.Kind), existing);
    }

    // Few keys, slots and roots, so that histories meet.
    private static SigningHistory Random(int seed)
    {
        Random random = new(seed);
        Address KeyOf(int number) => Address.Parse(number.ToString("x40", null));
        Duty Position() => random.Next(6) switch
        {
            0 => Duty.Flashblock((ulong)random.Next(6), (uint)random.Next(2), (uint)random.Next(2)),
            1 => Duty.ChunkProposal((ulong)random.Next(6), (uint)random.Next(2)),
            2 => Duty.CheckpointProposal((ulong)random.Next(6)),
            3 => Duty.ChunkAttestation((ulong)random.Next(6), KeyOf(random.Next(2)), (uint)random.Next(2), (AttestationKind)random.Next(1, 4)),
            4 => Duty.CheckpointPublication((ulong)random.Next(6)),
            _ => Duty.CheckpointAttestation((ulong)random.Next(6), (AttestationKind)random.Next(1, 4)),
        };
        ulong Mark() => (ulong)random.Next(4);
        return SigningHistory.Of(
            Context,
            Enumerable.Range(0, random.Next(4)).Select(_ => new ValidatorHistory(
                KeyOf(random.Next(3)),
                new SigningWatermarks(Mark(), Mark(), Mark(), Mark(), Mark(), Mark()),
                [.. Enumerable.Range(0, random.Next(12)).Select(_ => new SignedDuty(Position(), random.Next(5) == 0 ? null : random.Next(2) == 0 ? One : Two))])));
    }
}
