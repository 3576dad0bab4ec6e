using System.Collections.Immutable;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Genesis;
using Cloud.Replica.Tests.Node;

namespace Cloud.Replica.Tests.Genesis;

public sealed class GenesisFileTests
{
    [Fact]
    public void What_is_written_is_read_again()
    {
        NodeRollup rollup = new();
        GenesisConfig genesis = rollup.Genesis with
        {
            Randao = NodeRollup.Digest("randao"),
            Accounts =
            [
                new GenesisAccount(
                    rollup.Accounts[0], UInt256.MaxValue, 7, new byte[] { 0x60, 0x01 }, ImmutableDictionary<UInt256, UInt256>.Empty.Add(3, 4).Add(UInt256.MaxValue, 1)),
                new GenesisAccount(rollup.Accounts[1], 5),
            ],
        };
        string text = GenesisFile.Write(genesis);
        GenesisConfig read = Assert.IsType<GenesisReading.Read>(GenesisFile.Parse(text)).Genesis;
        Assert.Equal(text, GenesisFile.Write(read));
        Assert.Equal(genesis.Timing, read.Timing);
        Assert.Equal(genesis.Chain, read.Chain);
        Assert.Equal(genesis.Validators, read.Validators);
        Assert.Equal(genesis.Randao, read.Randao);
        Assert.Equal(genesis.Accounts[0].Storage!.OrderBy(slot => slot.Key), read.Accounts[0].Storage!.OrderBy(slot => slot.Key));
    }

    [Fact]
    public void Little_is_enough()
    {
        GenesisReading reading = GenesisFile.Parse("""
            {
              "chainId": "0x385", "rollup": "0x00000000000000000000000000000000000000c0",
              "timing": { "profile": "continuous", "genesis": 1800000000, "slot": 12, "l1Slot": 2, "chunk": 2 },
              "alloc": { "f39fd6e51aad88f6f4ce6ab8827279cfffb92266": { "balance": "0xde0b6b3a7640000" } } // as Ethereum's tools write it
            }
            """);
        GenesisConfig genesis = Assert.IsType<GenesisReading.Read>(reading).Genesis;
        Assert.Equal(901UL, genesis.Chain.ChainId);
        Assert.Equal(6, genesis.Timing.MaxChunksPerSlot);
        Assert.Equal(1_000_000_000_000_000_000UL, (ulong)genesis.Accounts[0].Balance);
    }

    [Theory]
    [InlineData("", "no JSON")]
    [InlineData("[]", "no object")]
    [InlineData("""{ "chainId": -1 }""", "chainId")]
    [InlineData("""{ "chainId": 1, "rollup": "0x12" }""", "rollup")]
    [InlineData("""{ "chainId": 1, "rollup": "0x00000000000000000000000000000000000000c0", "timing": { "profile": "fast", "genesis": 1 } }""", "timing.profile")]
    [InlineData("""{ "chainId": 1, "rollup": "0x00000000000000000000000000000000000000c0", "timing": { "profile": "continuous", "genesis": 1, "slot": 12, "l1Slot": 2 } }""", "timing.chunk")]
    [InlineData("""{ "chainId": 1, "rollup": "0x00000000000000000000000000000000000000c0", "timing": { "profile": "continuous", "genesis": 1, "slot": 13, "l1Slot": 2, "chunk": 2 } }""", "Timing.Slot")]
    [InlineData("""{ "chainId": 1, "rollup": "0x00000000000000000000000000000000000000c0", "timing": { "profile": "continuous", "genesis": 1, "slot": 12, "l1Slot": 2, "chunk": 2 }, "alloc": { "0x1": {} } }""", "alloc")]
    [InlineData("""{ "chainId": 1, "rollup": "0x00000000000000000000000000000000000000c0", "timing": { "profile": "continuous", "genesis": 1, "slot": 12, "l1Slot": 2, "chunk": 2 }, "gasLimit": 1 }""", "GasLimit")]
    public void Bad_files_are_refused_with_the_name_of_what_is_wrong(string text, string part)
    {
        ImmutableArray<string> faults = Assert.IsType<GenesisReading.Refused>(GenesisFile.Parse(text)).Faults;
        Assert.Contains(faults, fault => fault.Contains(part, StringComparison.Ordinal));
    }
}
