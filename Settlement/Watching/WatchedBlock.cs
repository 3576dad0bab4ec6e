using System.Collections.Immutable;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.L1;

namespace Cloud.Settlement.Watching;

/// <summary>An L1 block with what it changed in the contract.</summary>
/// <param name="Header">The block.</param>
/// <param name="Events">The contract's events in order, with their logs.</param>
/// <param name="Before">The contract before the block.</param>
/// <param name="After">The contract after it.</param>
public sealed record WatchedBlock(L1Block Header, ImmutableArray<(RollupEvent Event, L1Log Log)> Events, RollupState Before, RollupState After);
