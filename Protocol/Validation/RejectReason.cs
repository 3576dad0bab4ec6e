namespace Cloud.Protocol.Validation;

/// <summary>Why a message is refused and its sender blamed.</summary>
public enum RejectReason
{
    /// <summary>The input is not the canonical encoding of a message.</summary>
    Undecodable,

    /// <summary>The message belongs to another rollup.</summary>
    ForeignContext,

    /// <summary>It arrived outside its slot's window.</summary>
    OutsideWindow,

    /// <summary>No key fits the signature.</summary>
    InvalidSignature,

    /// <summary>The signer is not the producer that the message names.</summary>
    SignerIsNotProducer,

    /// <summary>The signer is not the slot's proposer.</summary>
    WrongProposer,

    /// <summary>The chunk's index is not below the cap on chunks per slot.</summary>
    ChunkIndexTooHigh,

    /// <summary>The slot's committee is not known.</summary>
    CommitteeUnknown,

    /// <summary>Transactions' bodies came along, and this rollup does not allow it.</summary>
    BodiesNotPermitted,

    /// <summary>More transactions than a chunk may have.</summary>
    TooManyTransactions,

    /// <summary>A body came along for which the header lists no transaction.</summary>
    BodyNotListed,

    /// <summary>A body is not that of the listed transaction.</summary>
    BodyHashMismatch,

    /// <summary>The checkpoint's last chunk is signed by somebody else.</summary>
    LastChunkSignerDiffers,

    /// <summary>The checkpoint's last chunk contradicts its header: slot, index, block or messages from L1.</summary>
    LastChunkMismatch,

    /// <summary>The checkpoint names more chunks than a slot may have.</summary>
    TooManyChunks,

    /// <summary>A second, different chunk came along as a checkpoint's last chunk.</summary>
    LastChunkEquivocates,

    /// <summary>A checkpoint's last chunk is one more than are kept of its position.</summary>
    LastChunkOverCap,

    /// <summary>The attester is no member of the slot's committee.</summary>
    NotInCommittee,

    /// <summary>The slot has no proposer who could have proposed what is attested.</summary>
    ProposerUnknown,

    /// <summary>The copy of the proposer's signature in an attestation fits no key.</summary>
    InvalidProposalSignature,

    /// <summary>The flashblock's index is not below the limit of flashblocks per chunk.</summary>
    FlashblockIndexTooHigh,

    /// <summary>Flashblock 0 without the fields that only it carries.</summary>
    MissingBase,

    /// <summary>A later flashblock with the fields that only flashblock 0 carries.</summary>
    UnexpectedBase,

    /// <summary>Fields of one message contradict each other.</summary>
    Inconsistent,
}
