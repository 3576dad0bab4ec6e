using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Orleans.Concurrency;

namespace Cloud.Grains.Interfaces.Validators;

/// <summary>One validator: proposes in its slots and attests the others' chunks. Keyed by its address.</summary>
[Alias("IValidatorGrain")]
public interface IValidatorGrain : IGrainWithStringKey
{
    /// <summary>Makes sure that the validator is awake and, where the slot is its own, that it builds it.</summary>
    /// <param name="slot">The slot that is or will be built.</param>
    /// <returns>What it does.</returns>
    [Alias("Wake")]
    [AlwaysInterleave]
    Task<ValidatorView> Wake(ulong slot);

    /// <summary>Attests a chunk that the silo's replica has checked.</summary>
    /// <param name="chunk">The chunk and what checking it gave.</param>
    /// <returns>The attestation, or why there is none.</returns>
    [Alias("AttestChunk")]
    [AlwaysInterleave]
    Task<AttestReply<ChunkAttestation>> Attest([Immutable] ChunkToAttest chunk);

    /// <summary>Attests a checkpoint that the silo's replica has checked.</summary>
    /// <param name="checkpoint">The checkpoint and what checking it gave.</param>
    /// <returns>The attestation, or why there is none.</returns>
    [Alias("AttestCheckpoint")]
    [AlwaysInterleave]
    Task<AttestReply<CheckpointAttestation>> Attest([Immutable] CheckpointToAttest checkpoint);

    /// <summary>Signs what L1 wants to see before a checkpoint is posted.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="payloadHash">Hash of the checkpoint's header.</param>
    /// <param name="blobsHash">Hash of the blobs that carry it.</param>
    /// <returns>The signature, or why there is none.</returns>
    [Alias("SignPublication")]
    [AlwaysInterleave]
    Task<SignReply> SignPublication(ulong slot, Hash256 payloadHash, Hash256 blobsHash);

    /// <summary>What the validator's key has signed, in the interchange format.</summary>
    /// <returns>JSON in UTF-8.</returns>
    [Alias("ExportHistory")]
    [AlwaysInterleave]
    Task<byte[]> ExportHistory();

    /// <summary>Takes over what the key signed elsewhere, before it signs here.</summary>
    /// <param name="interchange">JSON in UTF-8.</param>
    /// <returns>Empty where it was taken over; otherwise why not, and what to do.</returns>
    [Alias("ImportHistory")]
    [AlwaysInterleave]
    Task<string> ImportHistory(byte[] interchange);
}
