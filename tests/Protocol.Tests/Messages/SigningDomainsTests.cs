using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Tests.Messages;

public sealed class SigningDomainsTests
{
    private const ulong Slot = (1UL << 40) + 5;
    private static readonly SigningContext Context = new(7357, Address.Parse("0x00112233445566778899aabbccddeeff00112233"));
    private static readonly Hash256 Payload = Hash256.Parse("0x" + new string('a', 64).Replace("aa", "ab", StringComparison.Ordinal));
    private static readonly byte[] Key = [.. Enumerable.Repeat((byte)0x11, 32)];

    private static readonly Dictionary<MessageKind, Duty> Duties = new()
    {
        [MessageKind.Flashblock] = Duty.Flashblock(Slot, 3, 29),
        [MessageKind.ChunkProposal] = Duty.ChunkProposal(Slot, 3),
        [MessageKind.CheckpointProposal] = Duty.CheckpointProposal(Slot),
        [MessageKind.ChunkAttestation] = Duty.ChunkAttestation(Slot, Address.Parse("0x" + new string('5', 40).Replace("55", "5c", StringComparison.Ordinal)), 3, AttestationKind.Executed),
        [MessageKind.CheckpointAttestation] = Duty.CheckpointAttestation(Slot, AttestationKind.Locked),
    };

    // Expected values: ethers 6.17.0, TypedDataEncoder.hash, TypedDataEncoder.hashDomain and Wallet.signTypedData with the same domain, types and values.
    [Theory]
    [InlineData(
        MessageKind.Flashblock,
        "0xfbf0213748262d71f998b35991de016a55136ee27f0e9d110c40a92275c88903",
        "0x753976b36c824e17038d5f0bc2570759ebd258a24da8db288fb7f339d5a6924d",
        "0x3ef36b38b916521c12457821e4f15da64505c0c002de414926c43528987db0560fd52de353091a7261ec95eb6075daae4e286cc69a490f8a3a8f50c87c3235ad1b")]
    [InlineData(
        MessageKind.ChunkProposal,
        "0xc1e0f6f98c09ae6a920964faf4a87dd4df4edf83cde9beb03c505e18115a047d",
        "0x35a496d464f4ca394deb68386830c1b4cd8898a673e46b2651c3f448418710f6",
        "0xc1780d989e517b6f81993419a0cafe76473fe85c0e4d7a4976ca87772dc06a2313b920f4246a909095e2d83899b7dd9bf1c1e764c9ddac2810a2a147d8be8f321b")]
    [InlineData(
        MessageKind.CheckpointProposal,
        "0xd9895ab18edd365607d9fd338bd94f0932fe65c6b7e5d64dde4c8ea247287baf",
        "0xdf7c965467867a7a7f1cb7c309757bfd2b6c605f4b77d8b48a7e009522d80689",
        "0x8bfbdee47835a26a97cf0de3872a928c9f761fc22682a4bfd5582f30ee5fc9ed67f0136a375634f6caa25a8a92df20927167796cc2c2b372ae5f1ce777a4bbca1b")]
    [InlineData(
        MessageKind.ChunkAttestation,
        "0x97ee79a28eec09e47301b318d2d2dddcbb48b1bb83373534c8f804ea9a7e24c6",
        "0x2e1ad789337d8badbdb61eed034510074c29fdbbc1353aa49aca9b51023404f4",
        "0x97b1cc4856b685deaf1a3ea4cd9bd7d21d5d7ecac4020f9dc35cc4844066f23c131681cb31573d797ddacabe411cb8f441880bf60f1d1fe24c616efe961dd9931c")]
    [InlineData(
        MessageKind.CheckpointAttestation,
        "0xea8996419de4bf4d0885f1a032e933dc23bb5e5b4c81cbacda73f27c0cae0482",
        "0x1549f6cfaa605497be312fc58d358115e4fd05e8fd9e1963fc10a1d8fa9eb597",
        "0xe944a61c4fb5ff001d9483cd8b0f6787a1883e2a1886f1abd4491ba00474012567193d87e2c5e48ece95de027e20faa3da310f897b72bc1ce0b22d04139fc5451c")]
    public void Digests_separators_and_signatures_are_those_of_another_implementation(MessageKind kind, string digest, string separator, string signature)
    {
        SigningDomains domains = new(Context);
        Statement statement = new(Duties[kind], Payload);
        Assert.Equal(Hash256.Parse(digest), domains.Digest(statement));
        Assert.Equal(Hash256.Parse(separator), domains.SeparatorOf(kind));
        Signature signed = Secp256k1.Sign(Key, domains.Digest(statement));
        Assert.Equal(signature, Hex.Encode(signed.ToArray()));
        Assert.True(domains.TryRecover(statement, signed, out Address signer));
        Assert.Equal(Address.Parse("0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A"), signer);
    }

    [Fact]
    public void Every_field_of_position_and_context_changes_the_digest()
    {
        SigningDomains domains = new(Context);
        List<Hash256> digests = [.. Duties.Values.Select(duty => domains.Digest(new Statement(duty, Payload)))];
        Address producer = Duties[MessageKind.ChunkAttestation].Producer;
        digests.AddRange(new[]
        {
            Duty.Flashblock(Slot + 1, 3, 29),
            Duty.Flashblock(Slot, 4, 29),
            Duty.Flashblock(Slot, 3, 30),
            Duty.ChunkProposal(Slot + 1, 3),
            Duty.ChunkProposal(Slot, 4),
            Duty.CheckpointProposal(Slot + 1),
            Duty.ChunkAttestation(Slot + 1, producer, 3, AttestationKind.Executed),
            Duty.ChunkAttestation(Slot, Address.Zero, 3, AttestationKind.Executed),
            Duty.ChunkAttestation(Slot, producer, 4, AttestationKind.Executed),
            Duty.ChunkAttestation(Slot, producer, 3, AttestationKind.Stored),
            Duty.CheckpointAttestation(Slot + 1, AttestationKind.Locked),
            Duty.CheckpointAttestation(Slot, AttestationKind.Executed),
        }.Select(duty => domains.Digest(new Statement(duty, Payload))));
        digests.Add(domains.Digest(new Statement(Duties[MessageKind.Flashblock], Hash256.Zero)));
        digests.Add(new SigningDomains(Context with { ChainId = 7358 }).Digest(new Statement(Duties[MessageKind.Flashblock], Payload)));
        digests.Add(new SigningDomains(Context with { Rollup = Address.Zero }).Digest(new Statement(Duties[MessageKind.Flashblock], Payload)));
        Assert.Equal(digests.Count, digests.Distinct().Count());
    }

    [Fact]
    public void A_statement_about_nothing_has_no_digest() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new SigningDomains(Context).Digest(default));

    [Fact]
    public void A_digest_allocates_nothing()
    {
        SigningDomains domains = new(Context);
        Statement statement = new(Duties[MessageKind.ChunkAttestation], Payload);
        Crypto.Allocations.AssertNone(() => domains.Digest(statement));
    }
}
