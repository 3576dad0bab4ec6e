using System.Collections.Immutable;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Deposits;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.L1;
using Cloud.Settlement.L1Events;

namespace Cloud.Settlement.Watching;

/// <summary>The rollup contract as of an L1 block, derived from its events alone. Immutable: a reorganisation goes back to an older value.</summary>
public sealed record RollupState
{
    /// <summary>Epochs whose committees are remembered below the newest one.</summary>
    private const ulong CommitteesKept = 64;

    private RollupState(ImmutableList<PostedCheckpoint> checkpoints) => Checkpoints = checkpoints;

    /// <summary>Checkpoints from the proven one to the pending one, by number; the first is the proven one or genesis.</summary>
    public ImmutableList<PostedCheckpoint> Checkpoints { get; private init; }

    /// <summary>Committees by epoch.</summary>
    public ImmutableSortedDictionary<ulong, Committee> Committees { get; private init; } = ImmutableSortedDictionary<ulong, Committee>.Empty;

    /// <summary>The messages from L1.</summary>
    public Inbox Inbox { get; private init; } = Inbox.Empty;

    /// <summary>The last checkpoint that was posted.</summary>
    public PostedCheckpoint Pending => Checkpoints[^1];

    /// <summary>The last checkpoint that is proven.</summary>
    public PostedCheckpoint Proven => Checkpoints[0];

    /// <summary>The contract after its deployment.</summary>
    /// <param name="genesisHash">The deployment's <see cref="RollupParameters.GenesisHash"/>.</param>
    /// <returns>The state.</returns>
    public static RollupState Genesis(Hash256 genesisHash) => new([new PostedCheckpoint(0, CheckpointRecord.Genesis(genesisHash), default, 0, default)]);

    /// <summary>The checkpoint with a number.</summary>
    /// <param name="number">The number.</param>
    /// <returns>The checkpoint; null below the proven one and above the pending one.</returns>
    public PostedCheckpoint? At(ulong number) =>
        number >= Proven.Number && number <= Pending.Number ? Checkpoints[(int)(number - Proven.Number)] : null;

    /// <summary>The checkpoint with a payload hash.</summary>
    /// <param name="payloadHash">Hash of its header.</param>
    /// <returns>The checkpoint; null where the contract has none from the proven one on.</returns>
    public PostedCheckpoint? Find(in Hash256 payloadHash)
    {
        for (int i = Checkpoints.Count - 1; i >= 0; i--)
        {
            if (Checkpoints[i].Record.PayloadHash == payloadHash)
            {
                return Checkpoints[i];
            }
        }

        return null;
    }

    /// <summary>Applies an event.</summary>
    /// <param name="block">The block that it is in.</param>
    /// <param name="log">The log.</param>
    /// <param name="read">The event in the log.</param>
    /// <returns>The state after it, or what is impossible about it: then the endpoint lies.</returns>
    public (RollupState State, string? Fault) Apply(L1Block block, L1Log log, RollupEvent read)
    {
        ArgumentNullException.ThrowIfNull(block);
        ArgumentNullException.ThrowIfNull(log);
        return read switch
        {
            RollupEvent.CheckpointProposed proposed => proposed.Number != Pending.Number + 1
                ? (this, $"checkpoint {proposed.Number} is posted after checkpoint {Pending.Number}")
                : (this with { Checkpoints = Checkpoints.Add(new PostedCheckpoint(proposed.Number, proposed.Record, new L1BlockRef(block.Number, block.Hash), block.Timestamp, log.TransactionHash)) }, null),
            RollupEvent.CheckpointInvalidated invalidated => At(invalidated.Number) is null || invalidated.Number == Proven.Number
                ? (this, $"checkpoint {invalidated.Number} is invalidated, which is not pending")
                : (this with { Checkpoints = Below(invalidated.Number) }, null),
            RollupEvent.ChainPruned pruned => pruned.ProvenNumber != Proven.Number
                ? (this, $"the chain is pruned to checkpoint {pruned.ProvenNumber}, but checkpoint {Proven.Number} is proven")
                : (this with { Checkpoints = Below(Proven.Number + 1) }, null),
            RollupEvent.EpochProven proven => At(proven.To) is null
                ? (this, $"checkpoint {proven.To} is proven, which is not pending")
                : (this with { Checkpoints = Checkpoints.RemoveRange(0, (int)(proven.To - Proven.Number)) }, null),
            RollupEvent.CommitteeDrawn drawn => Draw(drawn),
            RollupEvent.DepositQueued queued => Queue(queued),
            RollupEvent.Malformed malformed => (this, $"an event with topic {malformed.Topic} lacks its values"),
            _ => (this, null),
        };
    }

    private ImmutableList<PostedCheckpoint> Below(ulong number)
    {
        int keep = (int)(number - Proven.Number);
        return Checkpoints.RemoveRange(keep, Checkpoints.Count - keep);
    }

    private (RollupState State, string? Fault) Draw(RollupEvent.CommitteeDrawn drawn)
    {
        if (Committee.Of(drawn.Epoch, drawn.Members, drawn.Seed) is not CommitteeResult.Formed formed || new CommitteeTree(formed.Committee).Commitment != drawn.Commitment)
        {
            return (this, $"the committee of epoch {drawn.Epoch} does not fit its commitment");
        }

        ImmutableSortedDictionary<ulong, Committee> committees = Committees.SetItem(drawn.Epoch, formed.Committee);
        foreach (ulong old in committees.Keys)
        {
            if (old + CommitteesKept >= drawn.Epoch)
            {
                break;
            }

            committees = committees.Remove(old);
        }

        return (this with { Committees = committees }, null);
    }

    private (RollupState State, string? Fault) Queue(RollupEvent.DepositQueued queued)
    {
        if (queued.Index != Inbox.Count + 1)
        {
            return (this, $"message {queued.Index} follows message {Inbox.Count}");
        }

        Inbox inbox = Inbox.Add(new InboxMessage(queued.Index, queued.Sender, queued.To, queued.Value, queued.GasLimit, queued.Data));
        return inbox.InHash != queued.InHash ? (this, $"message {queued.Index} does not give its running hash") : (this with { Inbox = inbox }, null);
    }
}
