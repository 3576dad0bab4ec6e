using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Messages;

/// <summary>A position at which one key may sign one thing. Equal duties with different payloads are equivocation.</summary>
public readonly record struct Duty : IComparable<Duty>
{
    private Duty(MessageKind kind, ulong slot, Address producer = default, uint chunk = 0, uint index = 0, AttestationKind attestation = 0)
    {
        Kind = kind;
        Slot = slot;
        Producer = producer;
        Chunk = chunk;
        Index = index;
        Attestation = attestation;
    }

    /// <summary>The kind of message to sign.</summary>
    public MessageKind Kind { get; }

    /// <summary>The slot.</summary>
    public ulong Slot { get; }

    /// <summary>Who produced the chunk that is attested; zero for other duties.</summary>
    public Address Producer { get; }

    /// <summary>Index of the chunk in the slot; 0 for checkpoints.</summary>
    public uint Chunk { get; }

    /// <summary>Index of the flashblock in the chunk; 0 for other duties.</summary>
    public uint Index { get; }

    /// <summary>What an attestation says; 0 for proposals.</summary>
    public AttestationKind Attestation { get; }

    /// <summary>Emitting a flashblock.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="chunk">Index of the chunk in the slot.</param>
    /// <param name="index">Index of the flashblock in the chunk.</param>
    /// <returns>The duty.</returns>
    public static Duty Flashblock(ulong slot, uint chunk, uint index) => new(MessageKind.Flashblock, slot, chunk: chunk, index: index);

    /// <summary>Proposing a chunk.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="chunk">Index of the chunk in the slot.</param>
    /// <returns>The duty.</returns>
    public static Duty ChunkProposal(ulong slot, uint chunk) => new(MessageKind.ChunkProposal, slot, chunk: chunk);

    /// <summary>Proposing a checkpoint.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>The duty.</returns>
    public static Duty CheckpointProposal(ulong slot) => new(MessageKind.CheckpointProposal, slot);

    /// <summary>Attesting a chunk.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="producer">Who produced the chunk.</param>
    /// <param name="chunk">Index of the chunk in the slot.</param>
    /// <param name="kind">What the attestation says.</param>
    /// <returns>The duty.</returns>
    public static Duty ChunkAttestation(ulong slot, Address producer, uint chunk, AttestationKind kind) =>
        new(MessageKind.ChunkAttestation, slot, producer, chunk, attestation: kind);

    /// <summary>Attesting a checkpoint.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="kind">What the attestation says.</param>
    /// <returns>The duty.</returns>
    public static Duty CheckpointAttestation(ulong slot, AttestationKind kind) => new(MessageKind.CheckpointAttestation, slot, attestation: kind);

    /// <summary>Posting a checkpoint in certain blobs.</summary>
    /// <param name="slot">The slot.</param>
    /// <returns>The duty. Its digest is that of the publication, which names the blobs too.</returns>
    public static Duty CheckpointPublication(ulong slot) => new(MessageKind.CheckpointPublication, slot);

    /// <summary>Orders by kind, then by position.</summary>
    /// <param name="other">The other duty.</param>
    /// <returns>Negative, zero or positive.</returns>
    public int CompareTo(Duty other) => (Kind, Slot, Producer, Chunk, Index, Attestation).CompareTo((other.Kind, other.Slot, other.Producer, other.Chunk, other.Index, other.Attestation));

    /// <summary>The position in words, for messages to an operator.</summary>
    /// <returns>Such as <c>ChunkProposal of slot 12, chunk 3</c>.</returns>
    public override string ToString() => Kind switch
    {
        MessageKind.Flashblock => $"Flashblock of slot {Slot}, chunk {Chunk}, index {Index}",
        MessageKind.ChunkProposal => $"ChunkProposal of slot {Slot}, chunk {Chunk}",
        MessageKind.CheckpointProposal => $"CheckpointProposal of slot {Slot}",
        MessageKind.ChunkAttestation => $"ChunkAttestation ({Attestation}) of slot {Slot}, producer {Producer}, chunk {Chunk}",
        MessageKind.CheckpointAttestation => $"CheckpointAttestation ({Attestation}) of slot {Slot}",
        MessageKind.CheckpointPublication => $"CheckpointPublication of slot {Slot}",
        _ => "no duty",
    };

    /// <summary>Whether the left duty comes before the right one.</summary>
    public static bool operator <(Duty left, Duty right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left duty comes after the right one.</summary>
    public static bool operator >(Duty left, Duty right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left duty does not come after the right one.</summary>
    public static bool operator <=(Duty left, Duty right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left duty does not come before the right one.</summary>
    public static bool operator >=(Duty left, Duty right) => left.CompareTo(right) >= 0;
}
