using System.Collections.Immutable;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Contracts;

/// <summary>What shows the contract that a checkpoint's attestations are bad.</summary>
/// <param name="Number">Number of the checkpoint.</param>
/// <param name="Checkpoint">The checkpoint.</param>
/// <param name="Parent">The one below it.</param>
/// <param name="BlobHashes">Versioned hashes of its blobs.</param>
/// <param name="Committee">The committee of its epoch.</param>
/// <param name="Commitment">KZG commitment of the first blob.</param>
/// <param name="Member">Position of the member whose attestation is bad; not looked at where there are too few.</param>
/// <param name="Openings">Field element 0 of the first blob with its proof, and those that hold the bad attestation.</param>
public sealed record Accusation(
    ulong Number,
    CheckpointRecord Checkpoint,
    CheckpointRecord Parent,
    ImmutableArray<Hash256> BlobHashes,
    Committee Committee,
    Bytes Commitment,
    ulong Member,
    ImmutableArray<(Hash256 Value, Bytes Proof)> Openings);
