using System.Text;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Contracts;

/// <summary>EIP-712 messages that only L1 looks at. Same domain as the committee's messages: salt is the hash of the primary type's name.</summary>
public static class RollupDigests
{
    /// <summary>Number of the kind in <see cref="EquivocationPosition"/>.</summary>
    public const byte PublicationKind = 9;

    private static readonly Hash256 DomainType = HashOf("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)");
    private static readonly Hash256 Name = HashOf("Preconf Cloud");
    private static readonly Hash256 Version = HashOf("1");
    private static readonly Hash256 RegistrationType = HashOf("ValidatorRegistration(address withdrawer)");
    private static readonly Hash256 PublicationType = HashOf("CheckpointPublication(uint64 slot,bytes32 payloadHash,bytes32 blobsHash)");
    private static readonly Hash256 ProofType = HashOf("EpochProof(bytes32 statement)");

    /// <summary>What a validator's key signs to register: consent to the withdrawer.</summary>
    /// <param name="chainId">The L2's chain id.</param>
    /// <param name="rollup">The rollup contract.</param>
    /// <param name="withdrawer">Who gets the stake back.</param>
    /// <returns>The message whose Keccak-256 is signed.</returns>
    public static byte[] Registration(ulong chainId, Address rollup, Address withdrawer) =>
        Message(chainId, rollup, "ValidatorRegistration", new AbiTuple().Add(RegistrationType).Add(withdrawer));

    /// <summary>What a proposer signs before a checkpoint is posted: this header, in these blobs.</summary>
    /// <param name="chainId">The L2's chain id.</param>
    /// <param name="rollup">The rollup contract.</param>
    /// <param name="slot">The slot.</param>
    /// <param name="payloadHash">Hash of the checkpoint's header.</param>
    /// <param name="blobsHash">See <see cref="CheckpointRecord.HashOfBlobs"/>.</param>
    /// <returns>The message whose Keccak-256 is signed.</returns>
    public static byte[] Publication(ulong chainId, Address rollup, ulong slot, Hash256 payloadHash, Hash256 blobsHash) =>
        Message(chainId, rollup, "CheckpointPublication", new AbiTuple().Add(PublicationType).Add(slot).Add(payloadHash).Add(blobsHash));

    /// <summary>What a prover signs.</summary>
    /// <param name="l1ChainId">L1's chain id.</param>
    /// <param name="verifier">The verifier contract.</param>
    /// <param name="statement">The rollup's proofStatement.</param>
    /// <returns>The message whose Keccak-256 is signed.</returns>
    public static byte[] EpochProof(ulong l1ChainId, Address verifier, Hash256 statement) =>
        Message(l1ChainId, verifier, "EpochProof", new AbiTuple().Add(ProofType).Add(statement));

    private static byte[] Message(ulong chainId, Address contract, string kind, AbiTuple structure)
    {
        Hash256 domain = Keccak256.Hash(new AbiTuple().Add(DomainType).Add(Name).Add(Version).Add(chainId).Add(contract).Add(HashOf(kind)).Encode());
        Hash256 structHash = Keccak256.Hash(structure.Encode());
        return [0x19, 0x01, .. Hash256.AsSpan(in domain), .. Hash256.AsSpan(in structHash)];
    }

    private static Hash256 HashOf(string text) => Keccak256.Hash(Encoding.ASCII.GetBytes(text));
}
