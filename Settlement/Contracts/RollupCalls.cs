using System.Buffers.Binary;
using System.Collections.Immutable;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Contracts;

/// <summary>Calldata of the rollup contract's functions.</summary>
public static class RollupCalls
{
    /// <summary>The version of the contract that this program speaks.</summary>
    public const ulong Version = 1;

    /// <summary>Posts a checkpoint; the transaction carries its blobs.</summary>
    /// <param name="parentBlobsHash"><see cref="CheckpointRecord.BlobsHash"/> of the pending tip.</param>
    /// <param name="signature">The proposer's, of <see cref="RollupDigests.Publication"/>.</param>
    /// <param name="header">The checkpoint's header in RLP.</param>
    /// <param name="depositCount">Messages of the inbox consumed with it and all before it.</param>
    /// <param name="proposerProof">See <see cref="CommitteeTree.ProposerProof"/>.</param>
    /// <returns>Calldata.</returns>
    public static Bytes Propose(
        in Hash256 parentBlobsHash, CompactSignature signature, ReadOnlySpan<byte> header, ulong depositCount, ReadOnlySpan<byte> proposerProof)
    {
        byte[] data = new byte[header.Length + sizeof(ulong) + proposerProof.Length];
        header.CopyTo(data);
        BinaryPrimitives.WriteUInt64BigEndian(data.AsSpan(header.Length), depositCount);
        proposerProof.CopyTo(data.AsSpan(header.Length + sizeof(ulong)));
        return Call("propose", new AbiTuple().Add(parentBlobsHash).Add(signature.R).Add(signature.Vs).AddBytes(data));
    }

    /// <summary>Removes a checkpoint with bad attestations and all after it.</summary>
    /// <param name="accusation">What shows it.</param>
    /// <returns>Calldata.</returns>
    public static Bytes Invalidate(Accusation accusation)
    {
        ArgumentNullException.ThrowIfNull(accusation);
        AbiTuple hashes = new();
        foreach (Hash256 hash in accusation.BlobHashes)
        {
            hashes.Add(hash);
        }

        AbiTuple members = new();
        foreach (Address member in accusation.Committee.Members)
        {
            members.Add(member);
        }

        AbiTuple openings = new();
        foreach ((Hash256 value, Bytes proof) in accusation.Openings)
        {
            openings.Add(new AbiTuple().Add(value).AddBytes(proof.Span));
        }

        return Call("invalidate", new AbiTuple().Add(new AbiTuple()
            .Add(accusation.Number).Add(accusation.Checkpoint.Encode()).Add(accusation.Parent.Encode()).AddArray(hashes).Add(accusation.Committee.Seed)
            .AddArray(members).AddBytes(accusation.Commitment.Span).Add(accusation.Member).AddArray(openings)));
    }

    /// <summary>Proves the checkpoints after the proven one up to a number.</summary>
    /// <param name="to">The number.</param>
    /// <param name="last">That checkpoint.</param>
    /// <param name="next">The one after it; null where there is none.</param>
    /// <param name="proof">For the verifier.</param>
    /// <returns>Calldata.</returns>
    public static Bytes SubmitProof(ulong to, CheckpointRecord last, CheckpointRecord? next, ReadOnlySpan<byte> proof)
    {
        ArgumentNullException.ThrowIfNull(last);
        return Call("submitProof", new AbiTuple().Add(to).Add(last.Encode()).Add((next ?? CheckpointRecord.Genesis(default)).Encode()).AddBytes(proof));
    }

    /// <summary>Slashes the signer of two contradictory messages.</summary>
    /// <param name="position">What they have in common.</param>
    /// <param name="first">One of them.</param>
    /// <param name="second">The other one.</param>
    /// <returns>Calldata.</returns>
    public static Bytes SlashEquivocation(EquivocationPosition position, EquivocatingMessage first, EquivocatingMessage second)
    {
        ArgumentNullException.ThrowIfNull(position);
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        AbiTuple common = new AbiTuple().Add(position.Kind).Add(position.Slot).Add(position.Producer).Add(position.Chunk).Add(position.Index).Add(position.Attestation);
        return Call("slashEquivocation", new AbiTuple().Add(common).Add(Encode(first)).Add(Encode(second)));
    }

    /// <summary>Registers a validator; the stake is the transaction's value.</summary>
    /// <param name="withdrawer">Who gets the stake back.</param>
    /// <param name="signature">The validator's, of <see cref="RollupDigests.Registration"/>.</param>
    /// <returns>Calldata.</returns>
    public static Bytes Register(in Address withdrawer, CompactSignature signature) =>
        Call("register", new AbiTuple().Add(withdrawer).Add(signature.R).Add(signature.Vs));

    /// <summary>Begins a validator's exit; the withdrawer sends it.</summary>
    /// <param name="validator">The validator.</param>
    /// <returns>Calldata.</returns>
    public static Bytes RequestExit(in Address validator) => Call("requestExit", new AbiTuple().Add(validator));

    /// <summary>Releases a stake after the exit delay.</summary>
    /// <param name="validator">The validator.</param>
    /// <returns>Calldata.</returns>
    public static Bytes WithdrawStake(in Address validator) => Call("withdrawStake", new AbiTuple().Add(validator));

    /// <summary>Draws the committee that is due in this epoch.</summary>
    /// <returns>Calldata.</returns>
    public static Bytes SetUpEpoch() => Call("setUpEpoch", new AbiTuple());

    /// <summary>Drops unproven checkpoints whose window has passed.</summary>
    /// <returns>Calldata.</returns>
    public static Bytes Prune() => Call("prune", new AbiTuple());

    /// <summary>Prepares places of the ring.</summary>
    /// <param name="from">First place.</param>
    /// <param name="to">The place after the last one.</param>
    /// <returns>Calldata.</returns>
    public static Bytes WarmRing(ulong from, ulong to) => Call("warmRing", new AbiTuple().Add(from).Add(to));

    /// <summary>Sends a message to L2; the value is minted there.</summary>
    /// <param name="to">Whom it calls on L2.</param>
    /// <param name="gasLimit">Gas of the L2 transaction.</param>
    /// <param name="data">Its calldata.</param>
    /// <returns>Calldata.</returns>
    public static Bytes Deposit(in Address to, ulong gasLimit, ReadOnlySpan<byte> data) => Call("deposit", new AbiTuple().Add(to).Add(gasLimit).AddBytes(data));

    /// <summary>Several calls in one transaction.</summary>
    /// <param name="calls">Calldata of each.</param>
    /// <returns>Calldata.</returns>
    public static Bytes Multicall(ImmutableArray<Bytes> calls)
    {
        AbiTuple items = new();
        foreach (Bytes call in calls)
        {
            items.AddBytes(call.Span);
        }

        return Call("multicall", new AbiTuple().AddArray(items));
    }

    /// <summary>Calldata of a function that takes one integer or nothing, such as <c>committees</c> or <c>tips</c>.</summary>
    /// <param name="function">Name of the function.</param>
    /// <param name="argument">The integer; null for none.</param>
    /// <returns>Calldata.</returns>
    public static Bytes Query(string function, ulong? argument = null) =>
        Call(function, argument is { } value ? new AbiTuple().Add(value) : new AbiTuple());

    /// <summary>Calldata of a function that takes one address, such as <c>validators</c>.</summary>
    /// <param name="function">Name of the function.</param>
    /// <param name="argument">The address.</param>
    /// <returns>Calldata.</returns>
    public static Bytes Query(string function, in Address argument) => Call(function, new AbiTuple().Add(argument));

    private static Bytes Call(string function, AbiTuple arguments) => arguments.EncodeCall(ContractArtifact.Rollup.Selector(function).Span);

    private static AbiTuple Encode(EquivocatingMessage message) =>
        new AbiTuple().Add(message.PayloadHash).Add(message.BlobsHash).Add(message.Signature.R).Add(message.Signature.Vs);
}
