using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Publishing;

/// <summary>A checkpoint that is to be posted. Its calldata and blobs are kept by its hash until it is final.</summary>
/// <param name="Checkpoint">Its payload hash.</param>
/// <param name="Slot">Its slot.</param>
/// <param name="Deadline">Time of L1, Unix seconds, from which the contract refuses it.</param>
/// <param name="GasLimit">Gas of the transaction.</param>
/// <param name="Blobs">Number of blobs.</param>
public sealed record PublicationJob(Hash256 Checkpoint, ulong Slot, ulong Deadline, ulong GasLimit, int Blobs);
