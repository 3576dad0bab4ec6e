using System.Collections.Immutable;
using Cloud.Execution.Blocks;
using Cloud.Execution.Building;
using Cloud.Execution.State;
using Cloud.Protocol.Blocks;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Genesis;

namespace Cloud.Replica.Chains;

/// <summary>Where settled blocks and the world state are kept: on disk, or in memory for simulations. Safe for use by several threads.</summary>
/// <remarks>Builder and verifier are the same over every storage; what a simulation saves is the trie, the disk and the flushes.</remarks>
public interface IChainStorage : IDisposable
{
    /// <summary>The newest stored block; null before <see cref="Initialize"/>.</summary>
    BlockHeader? Head { get; }

    /// <summary>The oldest stored block.</summary>
    ulong Oldest { get; }

    /// <summary>Puts the genesis state in, where there is no block yet.</summary>
    /// <param name="genesis">The rollup.</param>
    /// <returns>Block 0.</returns>
    /// <exception cref="Cloud.Storage.StorageException">Nothing was written.</exception>
    BlockHeader Initialize(GenesisConfig genesis);

    /// <summary>The state after the newest stored block: what the next block is executed on.</summary>
    /// <returns>The layer.</returns>
    IStateLayer OpenHead();

    /// <summary>Makes the state after an executed block the one that the next block is executed on.</summary>
    /// <param name="state">The state after the block, as builder or verifier give it.</param>
    /// <param name="number">The block.</param>
    /// <returns>The layer for block <paramref name="number"/> + 1; null where its fork was discarded.</returns>
    IStateLayer? Seal(IStateLayer state, ulong number);

    /// <summary>Moves the stored chain forward. Blocks that are stored already are left out.</summary>
    /// <param name="blocks">The next blocks in order, each on top of the one before.</param>
    /// <exception cref="Cloud.Storage.StorageException">Some of the first ones may be stored; the same call may be made again.</exception>
    void Store(IReadOnlyList<ExecutedBlock> blocks);

    /// <summary>Reads a stored block.</summary>
    /// <param name="number">Its number.</param>
    /// <returns>The block; null where it is not stored.</returns>
    Block? TryGetBlock(ulong number);

    /// <summary>Reads a stored block's receipts.</summary>
    /// <param name="number">Its number.</param>
    /// <returns>One for each transaction; the default where the block is not stored.</returns>
    ImmutableArray<Receipt> TryGetReceipts(ulong number);

    /// <summary>Finds a stored block.</summary>
    /// <param name="hash">Its hash.</param>
    /// <param name="number">Its number; 0 where the result is false.</param>
    /// <returns>Whether it is stored.</returns>
    bool TryFindBlock(in Hash256 hash, out ulong number);

    /// <summary>Finds a stored transaction.</summary>
    /// <param name="hash">Its hash.</param>
    /// <param name="place">Where it is; the default where the result is false.</param>
    /// <returns>Whether it is in a stored block.</returns>
    bool TryFindTransaction(in Hash256 hash, out TransactionPlace place);

    /// <summary>Searches stored blocks for logs.</summary>
    /// <param name="filter">Which logs.</param>
    /// <param name="from">First block.</param>
    /// <param name="to">Last block.</param>
    /// <param name="limit">Most logs to return.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>The logs, or that there are too many.</returns>
    LogSearch FindLogs(LogFilter filter, ulong from, ulong to, int limit, CancellationToken cancellationToken);

    /// <summary>A view of the state after a stored block.</summary>
    /// <param name="number">The block.</param>
    /// <param name="state">The view; null where the result is false. It throws <see cref="StateUnavailableException"/> once the block leaves the history.</param>
    /// <returns>False where the block is not stored, or is older than the history.</returns>
    bool TryGetState(ulong number, out IStateReader? state);

    /// <summary>Proves an account against a state root.</summary>
    /// <param name="state">A state of this storage's.</param>
    /// <param name="address">Which account.</param>
    /// <param name="slots">Which slots, before hashing.</param>
    /// <returns>The proof; null where this state can be proven no longer.</returns>
    AccountProof? TryProve(IStateReader state, in Address address, ReadOnlySpan<UInt256> slots);
}
