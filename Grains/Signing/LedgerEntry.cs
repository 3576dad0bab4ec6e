using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Signing;

namespace Cloud.Grains.Signing;

/// <summary>A record of the signing ledger as it is stored.</summary>
[GenerateSerializer]
[Alias("LedgerEntry")]
public sealed record LedgerEntry
{
    /// <summary>Kind of the duty, <see cref="MessageKind"/>.</summary>
    [Id(0)]
    public byte Kind { get; set; }

    /// <summary>The slot.</summary>
    [Id(1)]
    public ulong Slot { get; set; }

    /// <summary>Whose chunk is attested; empty for other duties.</summary>
    [Id(2)]
    public byte[] Producer { get; set; } = [];

    /// <summary>Index of the chunk.</summary>
    [Id(3)]
    public uint Chunk { get; set; }

    /// <summary>Index of the flashblock.</summary>
    [Id(4)]
    public uint Index { get; set; }

    /// <summary>What an attestation says, <see cref="AttestationKind"/>.</summary>
    [Id(5)]
    public byte Attestation { get; set; }

    /// <summary>The digest; empty where it is not known.</summary>
    [Id(6)]
    public byte[] Root { get; set; } = [];

    /// <summary>What is stored of a record.</summary>
    /// <param name="signed">The record.</param>
    /// <returns>The entry.</returns>
    public static LedgerEntry Of(in SignedDuty signed) => new()
    {
        Kind = (byte)signed.Duty.Kind,
        Slot = signed.Duty.Slot,
        Producer = signed.Duty.Producer.IsZero ? [] : signed.Duty.Producer.ToArray(),
        Chunk = signed.Duty.Chunk,
        Index = signed.Duty.Index,
        Attestation = (byte)signed.Duty.Attestation,
        Root = signed.SigningRoot?.ToArray() ?? [],
    };

    /// <summary>The record.</summary>
    /// <returns>What the entry was made of.</returns>
    /// <exception cref="InvalidDataException">No duty has such a kind.</exception>
    public SignedDuty ToSigned()
    {
        Address producer = Producer.Length == 0 ? Address.Zero : new Address(Producer);
        Duty duty = (MessageKind)Kind switch
        {
            MessageKind.Flashblock => Duty.Flashblock(Slot, Chunk, Index),
            MessageKind.ChunkProposal => Duty.ChunkProposal(Slot, Chunk),
            MessageKind.CheckpointProposal => Duty.CheckpointProposal(Slot),
            MessageKind.ChunkAttestation => Duty.ChunkAttestation(Slot, producer, Chunk, (AttestationKind)Attestation),
            MessageKind.CheckpointAttestation => Duty.CheckpointAttestation(Slot, (AttestationKind)Attestation),
            MessageKind.CheckpointPublication => Duty.CheckpointPublication(Slot),
            _ => throw new InvalidDataException($"The signing ledger holds a record of the unknown kind {Kind}."),
        };
        return new SignedDuty(duty, Root.Length == 0 ? null : new Hash256(Root));
    }
}
