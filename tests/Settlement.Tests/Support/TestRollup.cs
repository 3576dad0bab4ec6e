using Cloud.Protocol.Committees;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Blobs;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.L1;
using Cloud.Settlement.Transactions;

namespace Cloud.Settlement.Tests.Support;

/// <summary>A rollup deployed on anvil with its validators registered, driven like a publisher drives it.</summary>
public sealed class TestRollup
{
    public const ulong L2ChainId = 4242;

    private readonly Dictionary<Address, byte[]> _keys = [];
    private readonly Dictionary<ulong, Committee> _committees = [];
    private ulong _step;

    private TestRollup(Anvil anvil, RollupParameters parameters, Address rollup, byte[][] provers)
    {
        Anvil = anvil;
        Parameters = parameters;
        Address = rollup;
        ProverKeys = provers;
        Context = new SigningContext(L2ChainId, rollup);
        Domains = new SigningDomains(Context);
        Records.Add(CheckpointRecord.Genesis(parameters.GenesisHash));
    }

    public Anvil Anvil { get; }

    public RollupParameters Parameters { get; }

    public Address Address { get; }

    public SigningContext Context { get; }

    public SigningDomains Domains { get; }

    public byte[][] ProverKeys { get; }

    public List<byte[]> ValidatorKeys { get; } = [];

    /// <summary>The checkpoints posted, by number.</summary>
    public List<CheckpointRecord> Records { get; } = [];

    public CheckpointRecord Tip => Records[^1];

    public ulong TipNumber => (ulong)Records.Count - 1;

    public static byte[] Key(string name) => Keccak256.Hash(System.Text.Encoding.UTF8.GetBytes(name)).ToArray();

    /// <summary>Deploys with a committee, before genesis; with no validators where register is false.</summary>
    public static async Task<TestRollup> DeployAsync(Anvil anvil, uint committee = 4, uint validators = 0, Func<RollupParameters, RollupParameters>? change = null)
    {
        byte[][] provers = [Key("prover 0"), Key("prover 1"), Key("prover 2")];
        AbiTuple addresses = new();
        foreach (byte[] prover in provers)
        {
            addresses.Add(Anvil.AddressOf(prover));
        }

        byte[] arguments = new AbiTuple().AddArray(addresses).Add((UInt256)2).Encode();
        L1Receipt verifier = await anvil.SendAsync(null, (byte[])[.. ContractArtifact.AttestedVerifier.CreationCode.Span, .. arguments]);
        ulong now = (await anvil.HeadAsync()).Timestamp;
        const uint Slot = 1000;
        const uint Epoch = 4;
        RollupParameters parameters = new()
        {
            ChainId = L2ChainId,
            GenesisTime = now + 100_000,
            SlotDuration = Slot,
            EpochSlots = Epoch,
            CommitteeSize = committee,
            RingSize = 16,
            ExitDelay = RollupParameters.MinExitDelay(Slot, Epoch, 2, 1),
            Verifier = verifier.ContractAddress!.Value,
        };
        parameters = change?.Invoke(parameters) ?? parameters;
        L1Receipt receipt = await anvil.SendAsync(null, parameters.CreationData());
        Assert.True(receipt.Succeeded);
        TestRollup rollup = new(anvil, parameters, receipt.ContractAddress!.Value, provers);
        for (int i = 0; i < (validators == 0 ? committee : validators); i++)
        {
            await rollup.RegisterAsync(Key($"validator {i}"));
        }

        return rollup;
    }

    /// <summary>Deploys, passes genesis and draws the first committees.</summary>
    public static async Task<TestRollup> StartAsync(Anvil anvil, uint committee = 4, uint validators = 0, Func<RollupParameters, RollupParameters>? change = null)
    {
        TestRollup rollup = await DeployAsync(anvil, committee, validators, change);
        await rollup.GoToSlotAsync(0);
        await rollup.SetUpAsync();
        return rollup;
    }

    public async Task<L1Receipt> RegisterAsync(byte[] key, Address? withdrawer = null)
    {
        Address to = withdrawer ?? Anvil.Rich;
        Signature signature = Secp256k1.Sign(key, Keccak256.Hash(RollupDigests.Registration(L2ChainId, Address, to)));
        L1Receipt receipt = await SendAsync(RollupCalls.Register(to, CompactSignature.From(signature)), Parameters.Stake);
        _keys[Anvil.AddressOf(key)] = key;
        ValidatorKeys.Add(key);
        return receipt;
    }

    public byte[] KeyOf(Address validator) => _keys[validator];

    public Task GoToSlotAsync(ulong slot) => Anvil.GoToAsync(Parameters.GenesisTime + (slot * Parameters.SlotDuration) + 10 + _step++);

    public async Task<L1Receipt> SetUpAsync()
    {
        L1Receipt receipt = await SendAsync(RollupCalls.SetUpEpoch());
        foreach (RollupEvent.CommitteeDrawn drawn in receipt.Logs.Select(RollupEvent.Read).OfType<RollupEvent.CommitteeDrawn>())
        {
            _committees[drawn.Epoch] = Assert.IsType<CommitteeResult.Formed>(Committee.Of(drawn.Epoch, drawn.Members, drawn.Seed)).Committee;
        }

        return receipt;
    }

    /// <summary>Takes the committees that a watcher has seen being drawn.</summary>
    public void Learn(Cloud.Settlement.Watching.RollupState state)
    {
        foreach ((ulong epoch, Committee committee) in state.Committees)
        {
            _committees[epoch] = committee;
        }
    }

    /// <summary>Goes to a slot and draws the committee that is due.</summary>
    public async Task<L1Receipt> SetUpAtAsync(ulong slot)
    {
        await GoToSlotAsync(slot);
        return await SetUpAsync();
    }

    public Committee CommitteeOf(ulong slot) => _committees[slot / Parameters.EpochSlots];

    public async Task<L1Receipt> SendAsync(Bytes data, UInt256 value = default, BlobSidecar? sidecar = null, byte[]? key = null)
    {
        L1Receipt receipt = await Anvil.SendAsync(key ?? Anvil.RichKey, Address, data, value, sidecar);
        if (!receipt.Succeeded)
        {
            CallOutcome why = (await Anvil.Client.CallAsync(CallOf(data, value, sidecar, key), BlockTag.Latest, TestContext.Current.CancellationToken)).Require();
            Assert.Fail($"reverted: {(why is CallOutcome.Reverted reverted ? ContractArtifact.Rollup.Explain(reverted.Data)?.ToString() ?? reverted.Message : "not in a call")}");
        }

        return receipt;
    }

    public Task<ContractError> RevertAsync(Bytes data, UInt256 value = default, BlobSidecar? sidecar = null, byte[]? key = null) =>
        Anvil.RevertAsync(CallOf(data, value, sidecar, key));

    public async Task<RollupTips> TipsAsync() => RollupTips.Read(await QueryAsync("tips"))!;

    public Task<Bytes> QueryAsync(string function, ulong? argument = null) => Anvil.CallAsync(new L1Call(Address, RollupCalls.Query(function, argument)));

    public async Task<UInt256> NumberAsync(string function, ulong? argument = null) => UInt256.FromBigEndian((await QueryAsync(function, argument)).Span);

    /// <summary>A header for a slot on top of the tip.</summary>
    public CheckpointHeader Header(ulong slot, Hash256? parent = null, Hash256 inHash = default, byte salt = 0) => new(
        slot,
        parent ?? Tip.PayloadHash,
        1_000_000 + TipNumber,
        6,
        Keccak256.Hash([salt, 1]),
        Keccak256.Hash([salt, 2]),
        Keccak256.Hash([salt, 3]),
        inHash,
        Keccak256.Hash([salt, 4]),
        Parameters.GenesisTime + (slot * Parameters.SlotDuration),
        Anvil.Rich,
        30_000_000);

    /// <summary>The committee's attestations of a header, the first members that make a quorum.</summary>
    public BlobAttestations Attest(CheckpointHeader header, int? signers = null)
    {
        Committee committee = CommitteeOf(header.Slot);
        Hash256 digest = Domains.Digest(new Statement(Duty.CheckpointAttestation(header.Slot, AttestationKind.Executed), header.Hash));
        int count = signers ?? committee.Quorum;
        return new BlobAttestations(
            AttestationKind.Executed,
            (UInt128.One << count) - 1,
            [.. committee.Members.Take(count).Select(member => CompactSignature.From(Secp256k1.Sign(KeyOf(member), digest)))]);
    }

    public Bytes ProposeData(
        CheckpointHeader header, BlobSidecar sidecar, ulong deposits = 0, byte[]? proposerKey = null, CheckpointRecord? parent = null, byte[]? proof = null)
    {
        Hash256 blobs = CheckpointRecord.HashOfBlobs(sidecar.VersionedHashes.AsSpan());
        byte[] key = proposerKey ?? KeyOf(CommitteeOf(header.Slot).ProposerAt(header.Slot));
        Signature signature = Secp256k1.Sign(key, Keccak256.Hash(RollupDigests.Publication(L2ChainId, Address, header.Slot, header.Hash, blobs)));
        byte[] path = proof ?? new CommitteeTree(CommitteeOf(header.Slot)).ProposerProof(header.Slot);
        return RollupCalls.Propose((parent ?? Tip).BlobsHash, CompactSignature.From(signature), header.Encode(), deposits, path);
    }

    /// <summary>Posts a checkpoint and remembers it.</summary>
    public async Task<L1Receipt> ProposeAsync(CheckpointHeader header, BlobSidecar sidecar, ulong deposits = 0)
    {
        L1Receipt receipt = await SendAsync(ProposeData(header, sidecar, deposits), sidecar: sidecar);
        Remember(header, sidecar, deposits);
        return receipt;
    }

    public void Remember(CheckpointHeader header, BlobSidecar sidecar, ulong deposits = 0) =>
        Records.Add(new CheckpointRecord(header.Hash, CheckpointRecord.HashOfBlobs(sidecar.VersionedHashes.AsSpan()), header.Slot, deposits));

    /// <summary>Goes to a slot and posts a plain checkpoint in it.</summary>
    public async Task<L1Receipt> ProposeInAsync(ulong slot, BlobSidecar? sidecar = null)
    {
        await GoToSlotAsync(slot);
        return await ProposeAsync(Header(slot), sidecar ?? Sidecars.One);
    }

    /// <summary>An accusation of a checkpoint that was posted: of what is wrong with it, or of the given fault.</summary>
    public Accusation Accuse(ulong number, BlobSidecar sidecar, AttestationFault? fault = null)
    {
        CheckpointRecord record = Records[(int)number];
        Committee committee = CommitteeOf(record.Slot);
        ReadOnlySpan<byte> blob = sidecar.Blobs[0].Span;
        fault ??= AttestationCheck.Find(Domains, committee, record, blob) ?? throw new InvalidOperationException("The attestations are good.");
        return AttestationCheck.Accuse(fault, number, record, Records[(int)number - 1], sidecar.VersionedHashes, committee, blob);
    }

    public async Task<byte[]> ProofAsync(ulong to, int signers = 2, int first = 0)
    {
        Hash256 statement = new((await QueryAsync("proofStatement", to)).Span);
        Hash256 digest = Keccak256.Hash(RollupDigests.EpochProof(Anvil.ChainId, Parameters.Verifier, statement));
        byte[] proof = new byte[32 + (64 * signers)];
        for (int i = 0; i < signers; i++)
        {
            proof[31] |= (byte)(1 << (first + i));
            CompactSignature.From(Secp256k1.Sign(ProverKeys[first + i], digest)).CopyTo(proof.AsSpan(32 + (64 * i)));
        }

        return proof;
    }

    private L1Call CallOf(Bytes data, UInt256 value, BlobSidecar? sidecar, byte[]? key) =>
        new(Address, data, Anvil.AddressOf(key ?? Anvil.RichKey), value, sidecar?.VersionedHashes ?? []);
}
