namespace Cloud.Gateway.Subscriptions;

/// <summary>What eth_subscribe can follow.</summary>
internal enum SubscriptionKind
{
    /// <summary><c>newHeads</c>: sealed blocks.</summary>
    NewHeads,

    /// <summary><c>logs</c>: logs of sealed blocks, and those taken back.</summary>
    Logs,

    /// <summary><c>newPendingTransactions</c>: what the pool takes.</summary>
    PendingTransactions,

    /// <summary><c>newFlashblocks</c>: the pending block after each flashblock.</summary>
    Flashblocks,

    /// <summary><c>newFlashblockTransactions</c>: the transactions of each flashblock, one by one.</summary>
    FlashblockTransactions,

    /// <summary><c>pendingLogs</c>: the logs of each flashblock, one by one.</summary>
    PendingLogs,

    /// <summary><c>syncing</c>.</summary>
    Syncing,
}
