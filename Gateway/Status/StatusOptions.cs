namespace Cloud.Gateway.Status;

/// <summary>What the status API remembers and says of itself. Bound from the section <c>Gateway:Status</c>.</summary>
public sealed class StatusOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Gateway:Status";

    /// <summary>Name of the network, for people.</summary>
    public string Name { get; set; } = "Preconf Cloud";

    /// <summary>Most slots that are remembered with their chunks, from 8.</summary>
    public int MaxSlots { get; set; } = 1024;

    /// <summary>Most transactions whose ladder is remembered with all its times, from 100.</summary>
    public int MaxTransactions { get; set; } = 50_000;

    /// <summary>Most bytes of signed messages that are kept for proofs beyond what the node keeps, from 1 MiB.</summary>
    public long MaxProofBytes { get; set; } = 128 << 20;

    /// <summary>Most reorganisations, broken promises and proven faults that are remembered, of each kind, from 16.</summary>
    public int MaxIncidents { get; set; } = 4096;

    /// <summary>Most events that are kept for those who come back, transactions apart from all others, from 64.</summary>
    public int MaxEvents { get; set; } = 32_768;

    /// <summary>Most events that wait for one reader, from 64; a reader with more is told so and closed.</summary>
    public int MaxQueuedEvents { get; set; } = 4096;

    /// <summary>Most event streams at once, from 1.</summary>
    public int MaxStreams { get; set; } = 10_000;

    /// <summary>L1 blocks on top of a checkpoint and itself from which it counts as landed, from 1.</summary>
    public ulong LandedDepth { get; set; } = 12;

    /// <summary>Chain id of L1; 0 where the host's L1 client says it.</summary>
    public ulong L1ChainId { get; set; }

    /// <summary>JSON-RPC address for people; empty for the one that they use.</summary>
    public string RpcUrl { get; set; } = "";

    /// <summary>Address of the flashblock stream for people; empty for the one beside JSON-RPC.</summary>
    public string FlashblocksUrl { get; set; } = "";

    /// <summary>An explorer's address of an L1 transaction, with {hash} in it; empty for none.</summary>
    public string L1TransactionUrl { get; set; } = "";

    /// <summary>An explorer's address of an L1 account, with {address} in it; empty for none.</summary>
    public string L1AddressUrl { get; set; } = "";

    /// <summary>Folder with the dashboard's files; empty serves none.</summary>
    public string DashboardFolder { get; set; } = "";
}
