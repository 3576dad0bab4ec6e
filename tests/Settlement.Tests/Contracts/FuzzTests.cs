using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.L1;
using Cloud.Settlement.Tests.Support;

namespace Cloud.Settlement.Tests.Contracts;

[Collection(AnvilCollection.Name)]
public sealed class FuzzTests(Anvil anvil)
{
    private const int Seed = 20_240_607;

    [Fact]
    public async Task A_mutated_publication_is_never_taken_and_never_ends_in_a_panic()
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil, committee: 5);
        await rollup.GoToSlotAsync(1);
        byte[] good = rollup.ProposeData(rollup.Header(1), Sidecars.One).ToArray();
        Random random = new(Seed);
        Dictionary<string, int> errors = [];
        for (int i = 0; i < 600; i++)
        {
            byte[] data = Mutate(random, good, keep: 4);
            if (data.AsSpan().SequenceEqual(good) || IsSameCall(good, data))
            {
                continue;
            }

            await MustRevertAsync(rollup, data, errors);
        }

        Assert.True(errors.Count >= 5, string.Join(' ', errors));
        await rollup.SendAsync(good, sidecar: Sidecars.One);
    }

    [Theory]
    [InlineData("propose")]
    [InlineData("invalidate")]
    [InlineData("submitProof")]
    [InlineData("slashEquivocation")]
    [InlineData("register")]
    [InlineData("requestExit")]
    [InlineData("withdrawStake")]
    [InlineData("setUpEpoch")]
    [InlineData("prune")]
    public async Task Random_arguments_are_refused_without_a_panic(string function)
    {
        TestRollup rollup = await TestRollup.StartAsync(anvil);
        await rollup.ProposeInAsync(1);
        Random random = new(Seed);
        Dictionary<string, int> errors = [];
        for (int i = 0; i < 100; i++)
        {
            byte[] arguments = new byte[random.Next(0, 40) * 32];
            for (int word = 0; word < arguments.Length; word += 32)
            {
                // Small numbers more often than not, so that offsets and lengths lead somewhere.
                if (random.Next(3) == 0)
                {
                    random.NextBytes(arguments.AsSpan(word, 32));
                }
                else
                {
                    arguments[word + 31] = (byte)(random.Next(16) * random.Next(3) * 8);
                    arguments[word + 30] = (byte)(random.Next(4) / 3);
                }
            }

            await MustRevertAsync(rollup, [.. ContractArtifact.Rollup.Selector(function).Span, .. arguments], errors);
        }
    }

    [Fact]
    public async Task Ether_without_a_call_and_unknown_functions_are_refused()
    {
        TestRollup rollup = await TestRollup.DeployAsync(anvil, committee: 1);
        Dictionary<string, int> errors = [];
        await MustRevertAsync(rollup, [], errors, value: 1UL);
        await MustRevertAsync(rollup, [1, 2, 3, 4], errors);
        await MustRevertAsync(rollup, RollupCalls.Prune().ToArray(), errors, value: 1UL);
    }

    private static byte[] Mutate(Random random, byte[] good, int keep)
    {
        byte[] data = [.. good];
        for (int flips = random.Next(1, 4); flips > 0; flips--)
        {
            int at = random.Next(keep, data.Length);
            data[at] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)(data[at] ^ (1 << random.Next(8)));
        }

        return random.Next(8) == 0 ? data[..random.Next(keep, data.Length)] : data;
    }

    /// <summary>Bytes behind the end of the last argument are padding: the call is the same.</summary>
    private static bool IsSameCall(byte[] good, byte[] data)
    {
        int length = (int)(ulong)UInt256.FromBigEndian(good.AsSpan(4 + (4 * 32), 32));
        int end = 4 + (5 * 32) + length;
        return data.Length >= end && data.AsSpan(0, end).SequenceEqual(good.AsSpan(0, end));
    }

    private static async Task MustRevertAsync(TestRollup rollup, byte[] data, Dictionary<string, int> errors, UInt256 value = default)
    {
        CallOutcome outcome = (await rollup.Anvil.Client.CallAsync(
            new L1Call(rollup.Address, data, Anvil.Rich, value, Sidecars.One.VersionedHashes), BlockTag.Latest, TestContext.Current.CancellationToken)).Require();
        CallOutcome.Reverted reverted = Assert.IsType<CallOutcome.Reverted>(outcome);
        string name = reverted.Data.IsEmpty ? "undecodable" : ContractArtifact.Rollup.Explain(reverted.Data)?.Name ?? "unknown";
        Assert.NotEqual("unknown", name);
        Assert.NotEqual("Panic", name);
        errors[name] = errors.GetValueOrDefault(name) + 1;
    }
}
