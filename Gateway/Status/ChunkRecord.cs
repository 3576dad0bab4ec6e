using System.Collections.Immutable;
using Cloud.Gateway.Status.Documents;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;

namespace Cloud.Gateway.Status;

/// <summary>What the gateway saw of a chunk.</summary>
internal sealed class ChunkRecord(ulong slot, uint index, ulong number, Address producer, DateTimeOffset openedAt)
{
    public ulong Slot => slot;

    public uint Index => index;

    public ulong Number => number;

    public Address Producer { get; set; } = producer;

    public DateTimeOffset OpenedAt => openedAt;

    public Hash256? Hash { get; set; }

    public Hash256? BlockHash { get; set; }

    public BlockHeader? Header { get; set; }

    public bool IsLast { get; set; }

    public bool IsPruned { get; set; }

    public bool IsAbandoned { get; set; }

    public int Transactions { get; set; }

    public ulong GasUsed { get; set; }

    public long Size { get; set; }

    public DateTimeOffset? SealedAt { get; set; }

    public DateTimeOffset? ExecutedAt { get; set; }

    public DateTimeOffset? CertifiedAt { get; set; }

    public ImmutableArray<FlashblockDocument> Flashblocks { get; set; } = [];

    /// <summary>Who signed the chunk; null before there is a certificate. Stays when the certificate itself goes.</summary>
    public Bytes? Signers { get; set; }

    public int Attestations { get; set; }

    /// <summary>Signed messages, for proofs; null where they are not kept any more.</summary>
    public ChunkProofs? Proofs { get; set; } = new();

    public bool IsLive => !IsPruned && !IsAbandoned;

    public bool IsSealed => BlockHash is not null;
}
