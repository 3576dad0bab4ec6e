namespace Cloud.Protocol.Messages;

/// <summary>The kinds of messages; the first item of every canonical encoding. Numbers are never reused.</summary>
public enum MessageKind : byte
{
    /// <summary>A <see cref="Flashblocks.Flashblock"/>.</summary>
    Flashblock = 1,

    /// <summary>A <see cref="Messages.ChunkProposal"/>.</summary>
    ChunkProposal = 2,

    /// <summary>A <see cref="Messages.CheckpointProposal"/>.</summary>
    CheckpointProposal = 3,

    /// <summary>A <see cref="Messages.ChunkAttestation"/>.</summary>
    ChunkAttestation = 4,

    /// <summary>A <see cref="Messages.CheckpointAttestation"/>.</summary>
    CheckpointAttestation = 5,

    /// <summary>A <see cref="Messages.ChunkCertificate"/>.</summary>
    ChunkCertificate = 6,

    /// <summary>A <see cref="Messages.CheckpointCertificate"/>.</summary>
    CheckpointCertificate = 7,

    /// <summary>An <see cref="Messages.Evidence"/>.</summary>
    Evidence = 8,

    /// <summary>What a proposer signs before a checkpoint is posted: this header, in these blobs. Only L1 reads it.</summary>
    CheckpointPublication = 9,
}
