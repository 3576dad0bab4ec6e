using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Proposing;

/// <summary>What happens to a <see cref="ProposerMachine"/>.</summary>
public abstract record ProposerInput
{
    private ProposerInput()
    {
    }

    /// <summary>An instant that was asked for, or any other.</summary>
    public sealed record Tick : ProposerInput;

    /// <summary>The block to build on is known.</summary>
    /// <param name="Block">Its hash.</param>
    /// <param name="Checkpoint">Hash of the checkpoint that the slot's will stand on; zero for none.</param>
    public sealed record ParentChosen(Hash256 Block, Hash256 Checkpoint) : ProposerInput;

    /// <summary>How many transactions could be in a chunk now.</summary>
    /// <param name="Count">The number.</param>
    public sealed record TransactionsAvailable(int Count) : ProposerInput;

    /// <summary>The builder sealed the chunk.</summary>
    /// <param name="Header">The chunk.</param>
    /// <param name="BlockHash">Hash of its block.</param>
    /// <param name="IsSlotFull">Whether gas, transactions or data of the slot are used up, so that no other chunk makes sense.</param>
    public sealed record ChunkBuilt(ChunkHeader Header, Hash256 BlockHash, bool IsSlotFull = false) : ProposerInput;

    /// <summary>Too few transactions turned out to be valid: the fork is where it was.</summary>
    public sealed record TooFewTransactions : ProposerInput;

    /// <summary>The builder failed.</summary>
    public sealed record BuildFailed : ProposerInput;

    /// <summary>The signature that was asked for.</summary>
    /// <param name="Signature">The signature; its duty is durable in the ledger.</param>
    public sealed record Signed(Signature Signature) : ProposerInput;

    /// <summary>The ledger refused the signature.</summary>
    public sealed record SigningRefused : ProposerInput;

    /// <summary>What was to be stored is durable.</summary>
    public sealed record Stored : ProposerInput;

    /// <summary>What was to be stored is not: a chunk, a checkpoint, or a flashblock of the chunk under construction.</summary>
    public sealed record StorageFailed : ProposerInput;

    /// <summary>A chunk has its certificate.</summary>
    /// <param name="ChunkHash">The chunk.</param>
    public sealed record ChunkCertified(Hash256 ChunkHash) : ProposerInput;

    /// <summary>The checkpoint has its certificate.</summary>
    /// <param name="Certificate">The certificate, checked.</param>
    public sealed record CheckpointCertified(CheckpointCertificate Certificate) : ProposerInput;

    /// <summary>The checkpoint that ends with the parent block is another one than was expected when the slot began. Has no effect once the slot's own is made.</summary>
    /// <param name="Checkpoint">Hash of its header.</param>
    public sealed record ParentCheckpointChanged(Hash256 Checkpoint) : ProposerInput;

    /// <summary>L1 is followed through the slot before.</summary>
    /// <param name="Standing">What it has.</param>
    public sealed record ParentSynced(ParentStanding Standing) : ProposerInput;

    /// <summary>A process takes the slot over from the journal. Comes first, instead of <see cref="ParentChosen"/>.</summary>
    /// <param name="Block">Hash of the block on which the slot was built.</param>
    /// <param name="Checkpoint">Hash of the checkpoint that the slot's stands on.</param>
    /// <param name="Chunks">Chunks that were stored, in order.</param>
    /// <param name="IsChunkOpen">Whether flashblocks of a chunk after them were stored: it is completed, whatever the time.</param>
    /// <param name="Proposed">The checkpoint, if it was stored.</param>
    /// <param name="Certified">Hashes of those of the chunks that are known to have a certificate.</param>
    public sealed record Resumed(Hash256 Block, Hash256 Checkpoint, ImmutableArray<ChunkProposal> Chunks, bool IsChunkOpen, CheckpointProposal? Proposed, ImmutableArray<Hash256> Certified = default) : ProposerInput;
}
