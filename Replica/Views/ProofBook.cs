using System.Collections.Concurrent;
using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Flashblocks;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Chain;
using Cloud.Replica.Chains;

namespace Cloud.Replica.Views;

/// <summary>Signed messages about blocks in memory, so that what a status says can be shown. One writer, many readers.</summary>
internal sealed class ProofBook
{
    private readonly ConcurrentDictionary<(ulong Number, Hash256 PayloadHash), Flashblock> _flashblocks = new();
    private readonly ConcurrentDictionary<Hash256, ChunkCertificate> _certificates = new();
    private readonly ConcurrentDictionary<Hash256, L1Proof> _landed = new();

    private readonly ConcurrentDictionary<ulong, (CheckpointHeader Header, Signature? Signature)> _checkpoints = new();

    /// <summary>A slot's checkpoint; one that is on L1 takes the place of one that was only proposed.</summary>
    internal void Add(CheckpointHeader header, Signature? signature)
    {
        Signature? known = _checkpoints.TryGetValue(header.Slot, out (CheckpointHeader Header, Signature? Signature) before) && before.Header == header ? before.Signature : null;
        _checkpoints[header.Slot] = (header, signature ?? known);
    }

    internal (CheckpointHeader Header, Signature? Signature)? CheckpointOf(ulong slot) =>
        _checkpoints.TryGetValue(slot, out (CheckpointHeader Header, Signature? Signature) found) ? found : null;

    internal void Add(Flashblock flashblock, PendingBlock block) => _flashblocks[(block.Number, flashblock.Payload.Hash)] = flashblock;

    internal void Add(ChunkCertificate certificate) => _certificates[certificate.ChunkHash] = certificate;

    internal void Add(ChainEffect.Reached reached)
    {
        foreach (ChainChunk chunk in reached.Chunks)
        {
            foreach (L1Proof proof in reached.Proofs)
            {
                if (proof.LastBlock >= chunk.Block.Number)
                {
                    _landed[chunk.Block.Hash] = proof;
                    break;
                }
            }
        }
    }

    internal ChunkCertificate? CertificateOf(in Hash256 chunkHash) => _certificates.GetValueOrDefault(chunkHash);

    internal L1Proof? LandingOf(in Hash256 blockHash) => _landed.TryGetValue(blockHash, out L1Proof proof) ? proof : null;

    /// <summary>The flashblock of a block that holds a transaction.</summary>
    internal Flashblock? FlashblockWith(ulong number, in Hash256 transaction)
    {
        foreach (((ulong at, Hash256 _), Flashblock flashblock) in _flashblocks)
        {
            if (at != number)
            {
                continue;
            }

            foreach (Bytes raw in flashblock.Payload.Diff.Transactions)
            {
                if (Keccak256.Hash(raw.Span) == transaction)
                {
                    return flashblock;
                }
            }
        }

        return null;
    }

    internal ImmutableArray<Flashblock> FlashblocksOf(ulong slot, uint chunk) =>
        [.. _flashblocks.Values.Where(flashblock => (flashblock.Payload.Slot, flashblock.Payload.Chunk) == (slot, chunk)).OrderBy(flashblock => flashblock.Payload.Index)];

    internal void ForgetThrough(ulong number, ulong slot)
    {
        foreach ((ulong at, Hash256 hash) key in _flashblocks.Keys)
        {
            if (key.at <= number)
            {
                _flashblocks.TryRemove(key, out _);
            }
        }

        foreach (ChunkCertificate certificate in _certificates.Values)
        {
            if (certificate.Slot <= slot)
            {
                _certificates.TryRemove(certificate.ChunkHash, out _);
            }
        }

        foreach (ulong old in _checkpoints.Keys)
        {
            if (old <= slot)
            {
                _checkpoints.TryRemove(old, out _);
            }
        }

        foreach ((Hash256 block, L1Proof proof) in _landed)
        {
            if (proof.LastBlock <= number)
            {
                _landed.TryRemove(block, out _);
            }
        }
    }
}
