using System.Collections.Immutable;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.L1;

namespace Cloud.Settlement.Contracts;

/// <summary>An event of the rollup contract.</summary>
public abstract record RollupEvent
{
    private static readonly Hash256 CheckpointProposedTopic = ContractArtifact.Rollup.Topic("CheckpointProposed");
    private static readonly Hash256 CheckpointInvalidatedTopic = ContractArtifact.Rollup.Topic("CheckpointInvalidated");
    private static readonly Hash256 ChainPrunedTopic = ContractArtifact.Rollup.Topic("ChainPruned");
    private static readonly Hash256 EpochProvenTopic = ContractArtifact.Rollup.Topic("EpochProven");
    private static readonly Hash256 CommitteeDrawnTopic = ContractArtifact.Rollup.Topic("CommitteeDrawn");
    private static readonly Hash256 DepositQueuedTopic = ContractArtifact.Rollup.Topic("DepositQueued");
    private static readonly Hash256 ValidatorSlashedTopic = ContractArtifact.Rollup.Topic("ValidatorSlashed");
    private static readonly Hash256 EquivocationProvenTopic = ContractArtifact.Rollup.Topic("EquivocationProven");

    private RollupEvent()
    {
    }

    /// <summary>A checkpoint was posted.</summary>
    /// <param name="Number">Its number.</param>
    /// <param name="Record">What the ring commits to.</param>
    public sealed record CheckpointProposed(ulong Number, CheckpointRecord Record) : RollupEvent;

    /// <summary>A checkpoint had bad attestations; it and all after it are gone.</summary>
    /// <param name="Number">Its number.</param>
    /// <param name="PayloadHash">Its hash.</param>
    /// <param name="Fault">0 malformed frame, 1 too few attestations, 2 a bad attestation.</param>
    /// <param name="Proposer">Who signed its publication.</param>
    public sealed record CheckpointInvalidated(ulong Number, Hash256 PayloadHash, byte Fault, Address Proposer) : RollupEvent;

    /// <summary>The unproven checkpoints are gone, since the window for their proof has passed.</summary>
    /// <param name="ProvenNumber">The checkpoint that is the tip now.</param>
    /// <param name="PendingNumber">The last one that is gone.</param>
    public sealed record ChainPruned(ulong ProvenNumber, ulong PendingNumber) : RollupEvent;

    /// <summary>Checkpoints are proven.</summary>
    /// <param name="From">Number of the first one.</param>
    /// <param name="To">Number of the last one.</param>
    /// <param name="PayloadHash">Hash of the last one.</param>
    public sealed record EpochProven(ulong From, ulong To, Hash256 PayloadHash) : RollupEvent;

    /// <summary>An epoch's committee was drawn.</summary>
    /// <param name="Epoch">The epoch.</param>
    /// <param name="Seed">Its seed.</param>
    /// <param name="Commitment">What the contract keeps.</param>
    /// <param name="Members">The members in the order drawn.</param>
    public sealed record CommitteeDrawn(ulong Epoch, Hash256 Seed, Hash256 Commitment, ImmutableArray<Address> Members) : RollupEvent;

    /// <summary>A message to L2 was queued.</summary>
    /// <param name="Index">Its place, from 1.</param>
    /// <param name="Sender">Who sends it on L2.</param>
    /// <param name="To">Whom it calls.</param>
    /// <param name="Value">Wei minted.</param>
    /// <param name="GasLimit">Its gas.</param>
    /// <param name="Data">Its calldata.</param>
    /// <param name="InHash">The inbox's hash with it.</param>
    public sealed record DepositQueued(ulong Index, Address Sender, Address To, UInt256 Value, ulong GasLimit, Bytes Data, Hash256 InHash) : RollupEvent;

    /// <summary>A validator lost stake.</summary>
    /// <param name="Validator">The validator.</param>
    /// <param name="Reporter">Who proved the fault.</param>
    /// <param name="Amount">Wei lost.</param>
    /// <param name="Reward">Part of it that the reporter got.</param>
    public sealed record ValidatorSlashed(Address Validator, Address Reporter, UInt256 Amount, UInt256 Reward) : RollupEvent;

    /// <summary>A validator signed two contradictory messages.</summary>
    /// <param name="Validator">The validator.</param>
    /// <param name="Kind">Number of the kind of message.</param>
    /// <param name="Slot">The slot.</param>
    /// <param name="First">What one says.</param>
    /// <param name="Second">What the other says.</param>
    public sealed record EquivocationProven(Address Validator, byte Kind, ulong Slot, Hash256 First, Hash256 Second) : RollupEvent;

    /// <summary>Another event of the contract; followers need not act on it.</summary>
    /// <param name="Topic">Hash of its signature; zero for none.</param>
    public sealed record Other(Hash256 Topic) : RollupEvent;

    /// <summary>A known event without the values that it must have: the endpoint lies, or the contract is another one.</summary>
    /// <param name="Topic">Hash of its signature.</param>
    public sealed record Malformed(Hash256 Topic) : RollupEvent;

    /// <summary>Reads an event.</summary>
    /// <param name="log">A log of the rollup contract.</param>
    /// <returns>The event.</returns>
    public static RollupEvent Read(L1Log log)
    {
        ArgumentNullException.ThrowIfNull(log);
        if (log.Topics.IsDefaultOrEmpty)
        {
            return new Other(default);
        }

        Hash256 topic = log.Topics[0];
        byte[] indexed = new byte[(log.Topics.Length - 1) * Hash256.Length];
        for (int i = 1; i < log.Topics.Length; i++)
        {
            log.Topics[i].CopyTo(indexed.AsSpan((i - 1) * Hash256.Length));
        }

        AbiReader key = new(indexed);
        AbiReader data = new(log.Data.Span);
        RollupEvent read;
        if (topic == CheckpointProposedTopic)
        {
            ulong number = key.UInt64();
            read = new CheckpointProposed(number, new CheckpointRecord(key.Hash(), data.Hash(), data.UInt64(), data.UInt64()));
        }
        else if (topic == CheckpointInvalidatedTopic)
        {
            read = new CheckpointInvalidated(key.UInt64(), key.Hash(), (byte)data.UInt64(), data.Address());
        }
        else if (topic == ChainPrunedTopic)
        {
            read = new ChainPruned(data.UInt64(), data.UInt64());
        }
        else if (topic == EpochProvenTopic)
        {
            read = new EpochProven(key.UInt64(), key.UInt64(), data.Hash());
        }
        else if (topic == CommitteeDrawnTopic)
        {
            read = new CommitteeDrawn(key.UInt64(), data.Hash(), data.Hash(), data.Addresses());
        }
        else if (topic == DepositQueuedTopic)
        {
            read = new DepositQueued(key.UInt64(), key.Address(), key.Address(), data.UInt256(), data.UInt64(), data.Bytes(), data.Hash());
        }
        else if (topic == ValidatorSlashedTopic)
        {
            read = new ValidatorSlashed(key.Address(), key.Address(), data.UInt256(), data.UInt256());
        }
        else if (topic == EquivocationProvenTopic)
        {
            read = new EquivocationProven(key.Address(), (byte)key.UInt64(), key.UInt64(), data.Hash(), data.Hash());
        }
        else
        {
            return new Other(topic);
        }

        return key.Failed || data.Failed ? new Malformed(topic) : read;
    }
}
