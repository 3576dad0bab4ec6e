using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.L1;
using Cloud.Settlement.Tests.Support;

namespace Cloud.Settlement.Tests.Contracts;

[Collection(AnvilCollection.Name)]
public sealed class InboxTests(Anvil anvil)
{
    [Fact]
    public async Task Messages_get_one_order_and_the_hash_commits_to_all_of_them()
    {
        TestRollup rollup = await TestRollup.DeployAsync(anvil, committee: 1);
        Address to = Anvil.AddressOf(TestRollup.Key("to"));
        Hash256 inHash = default;
        for (byte i = 1; i <= 4; i++)
        {
            byte[] payload = [.. Enumerable.Repeat(i, i * 20)];
            L1Receipt receipt = await rollup.SendAsync(RollupCalls.Deposit(to, 50_000, payload), (UInt256)i);
            Hash256 payloadHash = Keccak256.Hash(payload);
            Hash256 message = Keccak256.Hash(
                new AbiTuple().Add((UInt256)i).Add(Anvil.Rich).Add(to).Add((UInt256)i).Add(50_000UL).Add(payloadHash).Encode());
            inHash = Keccak256.HashPair(Hash256.AsSpan(in inHash), Hash256.AsSpan(in message));
            Assert.Equal(
                new RollupEvent.DepositQueued(i, Anvil.Rich, to, i, 50_000, payload, inHash),
                RollupEvent.Read(Assert.Single(receipt.Logs)));
            Assert.Equal(inHash.ToString(), (await rollup.QueryAsync("inHashOf", i)).ToString());
        }

        Assert.Equal(4UL, await rollup.NumberAsync("depositCount"));
        Assert.Equal(default, await rollup.NumberAsync("inHashOf", 0));
        Assert.Equal(default, await rollup.NumberAsync("inHashOf", 5));
    }

    [Theory]
    [InlineData(0, 20_999, "DepositGasOutOfRange(gasLimit: 20999, minimum: 21000, maximum: 1000000)")]
    [InlineData(100, 24_999, "DepositGasOutOfRange(gasLimit: 24999, minimum: 25000, maximum: 1000000)")]
    [InlineData(0, 1_000_001, "DepositGasOutOfRange(gasLimit: 1000001, minimum: 21000, maximum: 1000000)")]
    [InlineData(8193, 500_000, "DepositDataTooLong(length: 8193, maximum: 8192)")]
    public async Task Messages_that_L2_could_not_take_are_refused(int length, ulong gas, string error)
    {
        TestRollup rollup = await TestRollup.DeployAsync(anvil, committee: 1);
        Assert.Equal(error, (await rollup.RevertAsync(RollupCalls.Deposit(Anvil.Rich, gas, new byte[length]))).ToString());
    }

    [Fact]
    public async Task A_contract_sends_under_another_address_than_its_own()
    {
        TestRollup rollup = await TestRollup.DeployAsync(anvil, committee: 1);

        // A proxy without storage: it calls the address in the first word of its calldata with the rest.
        // CALLDATASIZE-32, copy, CALL(gas, calldataload(0), 0, 0, size, 0, 0), stop.
        byte[] code = Hex.Decode("0x6020360360206000376000600060203603600060006000355af100");
        byte[] creation = [0x60, (byte)code.Length, 0x80, 0x60, 0x0b, 0x60, 0x00, 0x39, 0x60, 0x00, 0xf3, .. code];
        Address proxy = (await anvil.SendAsync(null, creation)).ContractAddress!.Value;
        byte[] target = new byte[32];
        rollup.Address.CopyTo(target.AsSpan(12));
        L1Receipt receipt = await anvil.SendAsync(proxy, (byte[])[.. target, .. RollupCalls.Deposit(Anvil.Rich, 30_000, []).Span]);
        RollupEvent.DepositQueued queued = Assert.IsType<RollupEvent.DepositQueued>(RollupEvent.Read(Assert.Single(receipt.Logs)));
        UInt256 aliased = UInt256.FromBigEndian(proxy.ToArray()) + UInt256.Parse("0x1111000000000000000000000000000000001111");
        byte[] word = new byte[32];
        aliased.WriteBigEndian(word);
        Assert.Equal(new Address(word.AsSpan(12)), queued.Sender);
    }
}
