using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Messages;

/// <summary>Digests of statements by EIP-712, with one domain per kind of message. Make one per rollup and keep it: the domain separators are computed once.</summary>
/// <remarks>
/// <para>Domain: name "Preconf Cloud", version "1", chainId, verifyingContract = the rollup contract, salt = keccak256(name of the primary type).</para>
/// <para>The structs carry the position next to the payload hash, so that a contract needs nothing but two statements and two signatures to see equivocation:</para>
/// <code>
/// Flashblock(uint64 slot,uint32 chunk,uint32 index,bytes32 payloadHash)
/// ChunkProposal(uint64 slot,uint32 index,bytes32 payloadHash)
/// CheckpointProposal(uint64 slot,bytes32 payloadHash)
/// ChunkAttestation(uint64 slot,address producer,uint32 index,uint8 kind,bytes32 payloadHash)
/// CheckpointAttestation(uint64 slot,uint8 kind,bytes32 payloadHash)
/// </code>
/// <para>A proposal's signer is its producer; only an attestation has to name the producer.</para>
/// </remarks>
public sealed class SigningDomains
{
    private const int Word = 32;
    private const int MaxStructLength = 6 * Word;

    private static readonly MessageKind[] SignedKinds =
    [
        MessageKind.Flashblock, MessageKind.ChunkProposal, MessageKind.CheckpointProposal, MessageKind.ChunkAttestation, MessageKind.CheckpointAttestation,
    ];

    private static readonly Hash256[] TypeHashes = [.. SignedKinds.Select(kind => HashOf(TypeOf(kind)))];

    private readonly Hash256[] _separators;
    private readonly ISignatureScheme _scheme;

    /// <summary>Computes the domain separators of a rollup.</summary>
    /// <param name="context">The rollup.</param>
    /// <param name="scheme">How signatures tell their signer; null for secp256k1, the only scheme that L1 knows.</param>
    public SigningDomains(SigningContext context, ISignatureScheme? scheme = null)
    {
        _scheme = scheme ?? Secp256k1Scheme.Instance;
        Context = context;
        _separators = [.. SignedKinds.Select(kind => Separator(context, kind))];
    }

    /// <summary>The rollup.</summary>
    public SigningContext Context { get; }

    /// <summary>The type string of the primary type of a kind of message (EIP-712 encodeType).</summary>
    /// <param name="kind">A kind whose messages are signed.</param>
    /// <returns>Name and fields.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Messages of the kind have no signature of their own.</exception>
    public static string TypeOf(MessageKind kind) => kind switch
    {
        MessageKind.Flashblock => "Flashblock(uint64 slot,uint32 chunk,uint32 index,bytes32 payloadHash)",
        MessageKind.ChunkProposal => "ChunkProposal(uint64 slot,uint32 index,bytes32 payloadHash)",
        MessageKind.CheckpointProposal => "CheckpointProposal(uint64 slot,bytes32 payloadHash)",
        MessageKind.ChunkAttestation => "ChunkAttestation(uint64 slot,address producer,uint32 index,uint8 kind,bytes32 payloadHash)",
        MessageKind.CheckpointAttestation => "CheckpointAttestation(uint64 slot,uint8 kind,bytes32 payloadHash)",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Messages of this kind are not signed."),
    };

    /// <summary>The digest to sign.</summary>
    /// <param name="statement">What the signature says.</param>
    /// <returns>keccak256(0x1901 || domain separator || struct hash).</returns>
    /// <exception cref="ArgumentOutOfRangeException">The statement is the default value.</exception>
    [SkipLocalsInit]
    public Hash256 Digest(in Statement statement)
    {
        int kind = IndexOf(statement.Duty.Kind);
        Span<byte> encoded = stackalloc byte[MaxStructLength];
        int length = Encode(statement, TypeHashes[kind], encoded);
        Span<byte> envelope = stackalloc byte[2 + (2 * Word)];
        envelope[0] = 0x19;
        envelope[1] = 0x01;
        _separators[kind].CopyTo(envelope[2..]);
        Keccak256.Hash(encoded[..length], envelope[(2 + Word)..]);
        return Keccak256.Hash(envelope);
    }

    /// <summary>Who signed a statement.</summary>
    /// <param name="statement">What the signature says.</param>
    /// <param name="signature">The signature.</param>
    /// <param name="signer">The signer, or zero where the result is false.</param>
    /// <returns>False where the signature is not well-formed or no key fits it.</returns>
    public bool TryRecover(in Statement statement, in Signature signature, out Address signer) =>
        TryRecover(Digest(statement), signature, out signer);

    /// <summary>Who signed a digest.</summary>
    /// <param name="digest">The digest.</param>
    /// <param name="signature">The signature.</param>
    /// <param name="signer">The signer, or zero where the result is false.</param>
    /// <returns>False where the signature is not well-formed or no key fits it.</returns>
    public bool TryRecover(in Hash256 digest, in Signature signature, out Address signer) => _scheme.TryRecover(digest, signature, out signer);

    /// <summary>The domain separator of a kind of message, as the contract has it.</summary>
    /// <param name="kind">A kind whose messages are signed.</param>
    /// <returns>hashStruct of the domain.</returns>
    public Hash256 SeparatorOf(MessageKind kind) => _separators[IndexOf(kind)];

    private static int IndexOf(MessageKind kind) =>
        kind is >= MessageKind.Flashblock and <= MessageKind.CheckpointAttestation
            ? kind - MessageKind.Flashblock
            : throw new ArgumentOutOfRangeException(nameof(kind), kind, "Messages of this kind are not signed.");

    private static int Encode(in Statement statement, in Hash256 typeHash, Span<byte> destination)
    {
        Duty duty = statement.Duty;
        int offset = Put(destination, 0, typeHash);
        offset = Put(destination, offset, duty.Slot);
        switch (duty.Kind)
        {
            case MessageKind.Flashblock:
                offset = Put(destination, offset, duty.Chunk);
                offset = Put(destination, offset, duty.Index);
                break;
            case MessageKind.ChunkProposal:
                offset = Put(destination, offset, duty.Chunk);
                break;
            case MessageKind.ChunkAttestation:
                destination.Slice(offset, 12).Clear();
                duty.Producer.CopyTo(destination[(offset + 12)..]);
                offset = Put(destination, offset + Word, duty.Chunk);
                offset = Put(destination, offset, (ulong)duty.Attestation);
                break;
            case MessageKind.CheckpointAttestation:
                offset = Put(destination, offset, (ulong)duty.Attestation);
                break;
        }

        return Put(destination, offset, statement.PayloadHash);
    }

    private static int Put(Span<byte> destination, int offset, in Hash256 value)
    {
        value.CopyTo(destination[offset..]);
        return offset + Word;
    }

    private static int Put(Span<byte> destination, int offset, ulong value)
    {
        destination.Slice(offset, Word - sizeof(ulong)).Clear();
        BinaryPrimitives.WriteUInt64BigEndian(destination[(offset + Word - sizeof(ulong))..], value);
        return offset + Word;
    }

    private static Hash256 Separator(SigningContext context, MessageKind kind)
    {
        Span<byte> encoded = stackalloc byte[6 * Word];
        int offset = Put(encoded, 0, HashOf("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)"));
        offset = Put(encoded, offset, HashOf("Preconf Cloud"));
        offset = Put(encoded, offset, HashOf("1"));
        offset = Put(encoded, offset, context.ChainId);
        encoded.Slice(offset, 12).Clear();
        context.Rollup.CopyTo(encoded[(offset + 12)..]);
        Put(encoded, offset + Word, HashOf(kind.ToString()));
        return Keccak256.Hash(encoded);
    }

    private static Hash256 HashOf(string text) => Keccak256.Hash(Encoding.UTF8.GetBytes(text));
}
