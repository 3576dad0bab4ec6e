using System.Buffers.Binary;
using System.Collections.Immutable;
using Cloud.Execution.Processing;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tallies;
using Cloud.Protocol.Time;
using Cloud.Protocol.Transactions;
using Cloud.Protocol.Validation;
using Cloud.Replica.Genesis;
using Cloud.Settlement.L1Events;

namespace Cloud.Replica.Tests.Node;

/// <summary>A rollup with real keys for nodes: a committee of four and rich accounts.</summary>
internal sealed class NodeRollup
{
    public static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
    public const ulong ChainId = 901;

    private readonly Dictionary<Address, byte[]> _keys = [];

    public NodeRollup(TimingProfile profile = TimingProfile.Continuous, int accounts = 8, DateTimeOffset? start = null, int slotSeconds = 12)
    {
        ImmutableArray<Address> members = [.. Enumerable.Range(1, 4).Select(AddKey)];
        Accounts = [.. Enumerable.Range(100, accounts).Select(AddKey)];
        Genesis = new GenesisConfig
        {
            Chain = new ChainConfig { ChainId = ChainId },
            Rollup = Address.Parse("0x00000000000000000000000000000000000000c0"),
            Timing = ConsensusTiming.WithDefaults(profile, start ?? Start, TimeSpan.FromSeconds(slotSeconds), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2)),
            Committee = new CommitteeRules(32, 4, 2, 2),
            Validators = members,
            Accounts = [.. Accounts.Select(account => new GenesisAccount(account, UInt256.Parse("1000000000000000000000000")))],
        };
        Committee = ((CommitteeResult.Formed)Committee.Of(0, members, default)).Committee;
        Domains = new SigningDomains(Genesis.Context);
        Timetable = Timetable.Create(Genesis.Timing, LocalBudgets.Cluster).OrThrow();
    }

    public GenesisConfig Genesis { get; }

    public ImmutableArray<Address> Accounts { get; }

    public Committee Committee { get; }

    public SigningDomains Domains { get; }

    public Timetable Timetable { get; }

    public Transaction Send(Address from, ulong nonce, Address? to = null, ulong value = 1, ulong gas = 21_000, byte[]? data = null, ulong tip = 1_000) => new TransactionFields
    {
        ChainId = ChainId,
        Nonce = nonce,
        MaxPriorityFeePerGas = tip,
        MaxFeePerGas = 10_000_000_000,
        GasLimit = gas,
        To = to ?? Address.Parse("0x00000000000000000000000000000000000abcde"),
        Value = value,
        Data = data ?? [],
    }.Sign(_keys[from]);

    public Signature Sign(Address signer, in Statement statement) => Secp256k1.Sign(_keys[signer], Domains.Digest(statement));

    public ChunkProposal Propose(ChunkHeader header, ImmutableArray<Bytes>? bodies = null) => new(Genesis.Context, header, Sign(header.Producer, header.Statement), bodies);

    public CheckpointProposal Propose(CheckpointHeader header, ChunkProposal? last = null) =>
        new(Genesis.Context, header, Sign(Committee.ProposerAt(header.Slot), header.Statement), last);

    public ChunkCertificate Certify(ChunkHeader header)
    {
        Statement statement = new(Duty.ChunkAttestation(header.Slot, header.Producer, header.Index, AttestationKind.Executed), header.Hash);
        SignerSet signers = SignerSet.Of(Committee.Members.Take(Committee.Quorum).Select((member, i) => KeyValuePair.Create(i, Sign(member, statement))));
        return new ChunkCertificate(Genesis.Context, header.Slot, header.Producer, header.Index, AttestationKind.Executed, header.Hash, signers);
    }

    public static Validated<T> Valid<T>(T message) => new(message, new Validity.Accepted(default));

    public static Hash256 Digest(string text) => Keccak256.Hash(System.Text.Encoding.UTF8.GetBytes(text));

    public static L1Update.Block L1(ulong number, double seconds, string fork = "", params ImmutableArray<RollupChange> changes) => new(
        new L1BlockRef(number, Digest($"l1 {number} {fork}")), Digest($"l1 {number - 1} {fork}"), Start.AddSeconds(seconds), changes);

    private Address AddKey(int number)
    {
        byte[] key = new byte[32];
        BinaryPrimitives.WriteInt32BigEndian(key.AsSpan(28), number);
        Assert.True(Secp256k1.TryGetAddress(key, out Address address));
        _keys.Add(address, key);
        return address;
    }
}
