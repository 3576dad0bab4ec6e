using Cloud.Settlement.Keys;
using Cloud.Silo.Rollups;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace Cloud.Testing;

/// <summary>How a whole chain in one process is set up.</summary>
public sealed record PreconfCloudOptions
{
    /// <summary>The rollup, where the data folder has none yet; null for <see cref="Quick"/> on a temporary folder and for the plan's own defaults on another.</summary>
    public RollupPlan? Plan { get; init; }

    /// <summary>Everything that has to survive; null for a temporary folder that goes with the chain.</summary>
    public string? DataFolder { get; init; }

    /// <summary>The gateway's address; port 0 takes a free one.</summary>
    public string Listen { get; init; } = "http://127.0.0.1:0";

    /// <summary>L1's JSON-RPC; null for an L1 of its own.</summary>
    public Uri? L1 { get; init; }

    /// <summary>The beacon node of <see cref="L1"/>; null for the same address.</summary>
    public Uri? L1Beacon { get; init; }

    /// <summary>Who pays for the deployment on <see cref="L1"/>; null for the account that has all the money on development chains.</summary>
    public IL1Signer? Payer { get; init; }

    /// <summary>What seals the keys in the data folder; null for keys that lie open in a file which only its owner may read.</summary>
    public string? KeyPassword { get; init; }

    /// <summary>Funded accounts; the first ten are those that wallets and development tools know.</summary>
    public int Accounts { get; init; } = 10;

    /// <summary>Whether the accounts get their money by deposits on an L1 of the chain's own, as users do; the start waits for it. Otherwise they have it at genesis.</summary>
    public bool FundThroughInbox { get; init; }

    /// <summary>Time between flashblocks.</summary>
    public TimeSpan FlashblockInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Whether requests to <see cref="PreconfCloud.L1"/> go through a proxy that can fail them.</summary>
    public bool WithL1Faults { get; init; }

    /// <summary>What is logged to the console at least.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Warning;

    /// <summary>Changes the host before it is built; null for nothing.</summary>
    public Action<WebApplicationBuilder>? Configure { get; init; }

    /// <summary>Told of each step of the start; null for nobody.</summary>
    public Action<string>? Progress { get; init; }

    /// <summary>Short epochs, for tests: a transaction is on L1 after twenty seconds or so, and proven within a minute. Shorter slots would be missed on a busy machine.</summary>
    public static RollupPlan Quick { get; } = new()
    {
        L1Slot = TimeSpan.FromSeconds(1),
        EpochSlots = 2,
        ProofWindow = LocalProofWindow,
    };

    /// <summary>So many epochs that a chain on its own L1 can be moved forward by years without a prune of what is not proven yet.</summary>
    public const uint LocalProofWindow = 4_000_000;
}
