using System.Collections.Immutable;
using System.Diagnostics;
using Cloud.Execution.Processing;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Time;
using Cloud.Replica.Chains;
using Cloud.Replica.Genesis;
using Cloud.Settlement.Blobs;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.Tests.Support;
using Cloud.Settlement.Transactions;

namespace Cloud.Settlement.Tests.Proving;

/// <summary>Provers as processes of their own, which have a genesis file, a key, L1 and a shared folder.</summary>
[Collection(AnvilCollection.Name)]
[Trait("Category", "EndToEnd")]
public sealed class ProverProcessTests(Anvil anvil)
{
    private const uint SlotDuration = 36;
    private const uint EpochSlots = 4;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_processes_that_see_nothing_but_L1_prove_an_epoch()
    {
        using TemporaryFolder folder = new();
        ulong before = (await anvil.HeadAsync()).Number;
        TestRollup rollup = await TestRollup.StartAsync(anvil, change: p => p with
        {
            SlotDuration = SlotDuration,
            EpochSlots = EpochSlots,
            ExitDelay = RollupParameters.MinExitDelay(SlotDuration, EpochSlots, 2, 1),
        });
        GenesisConfig genesis = new()
        {
            Chain = new ChainConfig { ChainId = TestRollup.L2ChainId },
            Rollup = rollup.Address,
            Timing = ConsensusTiming.WithDefaults(
                TimingProfile.Sequential, DateTimeOffset.FromUnixTimeSeconds((long)rollup.Parameters.GenesisTime), TimeSpan.FromSeconds(SlotDuration), TimeSpan.FromSeconds(12), TimeSpan.FromSeconds(6)),
            Fees = new FeeRules(1_000_000, 1_000, 2, 50),
            Accounts = [.. TestChain.Rich.Select(address => new GenesisAccount(address, TestChain.Riches, 0, default))],
        };
        Assert.Empty(genesis.Validate());
        string file = Path.Combine(folder.Path, "genesis.json");
        await File.WriteAllTextAsync(file, GenesisFile.Write(genesis), Cancel);
        BlockHeader block0 = GenesisBlock.HeaderOf(genesis, MemoryState.Empty.Extend(GenesisBlock.ChangesOf(genesis)).Root);
        using TestChain chain = new(new BlockRules(genesis, ConsensusTimetable.Create(genesis.Timing).OrThrow()), block0, GenesisBlock.ChangesOf(genesis));
        for (ulong slot = 0; slot < 3; slot++)
        {
            CheckpointData data = chain.Build(slot, rollup.Tip.PayloadHash, rollup.CommitteeOf(slot).ProposerAt(slot), 2, 5);
            Assert.True(data.ToFrame(rollup.Attest(data.Header)).Encode().TryGet(out ImmutableArray<Bytes> blobs, out _));
            await rollup.GoToSlotAsync(slot);
            await rollup.ProposeAsync(data.Header, BlobSidecarBuilder.Build(blobs));
        }

        await rollup.GoToSlotAsync(EpochSlots);
        await anvil.AskAsync("anvil_setBalance", TestKeys.Signer("payer").Address.ToString(), "0x56bc75e2d63100000");
        string[] shared =
        [
            "--l1", anvil.Address.ToString(), "--beacon", anvil.Address.ToString(), "--beacon-by-number", "--rollup", rollup.Address.ToString(), "--deployment-block", $"{before}",
            "--genesis", file, "--shares", Path.Combine(folder.Path, "shares"), "--until", "3",
        ];
        Task<(int Code, string Output)> first = RunAsync([.. shared, "--data", Path.Combine(folder.Path, "first"), "--key-env", "PROVER_KEY"], rollup.ProverKeys[0], null);
        Task<(int Code, string Output)> second = RunAsync(
            [.. shared, "--data", Path.Combine(folder.Path, "second"), "--key-env", "PROVER_KEY", "--payer-env", "PAYER_KEY"], rollup.ProverKeys[1], TestRollup.Key("payer"));
        foreach ((int code, string text) in await Task.WhenAll(first, second))
        {
            Assert.True(code == 0, text);
            Assert.Contains("checkpoint 3 is proven", text, StringComparison.Ordinal);
            Assert.Contains($"state {chain.Head.StateRoot}", text, StringComparison.Ordinal);
        }

        Assert.Equal(3UL, (await rollup.TipsAsync()).ProvenNumber);
    }

    [Fact]
    public async Task Settings_that_cannot_work_are_named_with_the_remedy()
    {
        using TemporaryFolder folder = new();
        string[] common = ["--l1", anvil.Address.ToString(), "--rollup", Anvil.Rich.ToString(), "--shares", folder.Path, "--data", Path.Combine(folder.Path, "data")];
        (int code, string text) = await RunAsync([.. common, "--genesis", Path.Combine(folder.Path, "missing.json"), "--key-env", "PROVER_KEY"], TestRollup.Key("prover 0"), null);
        Assert.Equal(1, code);
        Assert.Contains("error: --genesis: there is no file", text, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output)> RunAsync(IEnumerable<string> arguments, byte[] key, byte[]? payer)
    {
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "preconf-prover.dll"));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["PROVER_KEY"] = Hex.Encode(key);
        start.Environment["PAYER_KEY"] = payer is null ? string.Empty : Hex.Encode(payer);
        using Process process = Process.Start(start)!;
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(Cancel);
            string errors = await process.StandardError.ReadToEndAsync(Cancel);
            await process.WaitForExitAsync(Cancel);
            return (process.ExitCode, await output + errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
