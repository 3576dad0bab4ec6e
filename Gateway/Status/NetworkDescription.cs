using Cloud.Gateway.Status.Documents;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Time;
using Cloud.Replica.Genesis;
using Cloud.Replica.Node;

namespace Cloud.Gateway.Status;

/// <summary>What does not change while the rollup runs.</summary>
internal sealed class NetworkDescription(ReplicaNode node, StatusOptions options, SettlementBook settlement)
{
    /// <summary>The document.</summary>
    public NetworkDocument Document
    {
        get
        {
            GenesisConfig genesis = node.Genesis;
            ConsensusTiming timing = genesis.Timing;
            return new NetworkDocument(
                options.Name,
                StatusHealth.Version,
                genesis.Chain.ChainId,
                genesis.Rollup,
                options.L1ChainId != 0 ? options.L1ChainId : settlement.L1ChainId,
                new TimingDocument(
                    timing.Profile,
                    timing.Genesis,
                    (long)timing.Slot.TotalMilliseconds,
                    (long)timing.L1Slot.TotalMilliseconds,
                    (long)timing.Chunk.TotalMilliseconds,
                    (long)timing.Lead.TotalMilliseconds,
                    (long)timing.Grace.TotalMilliseconds,
                    timing.MaxChunksPerSlot,
                    genesis.Committee.SlotsPerEpoch),
                (long)node.Options.Budgets.FlashblockInterval.TotalMilliseconds,
                genesis.Committee.CommitteeSize,
                Quorum.Of(genesis.Committee.CommitteeSize),
                genesis.GasLimit,
                new LinksDocument(Text(options.RpcUrl), Text(options.FlashblocksUrl), Text(options.L1TransactionUrl), Text(options.L1AddressUrl)));
        }
    }

    private static string? Text(string option) => option.Length > 0 ? option : null;
}
