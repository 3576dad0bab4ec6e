using Cloud.Execution.State.Tries;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State;

/// <summary>What some changes make of a trie.</summary>
/// <param name="Changes">The changes; nobody writes to them any more.</param>
/// <param name="StorageRoots">The storage roots after the changes, of accounts whose storage changed or is not empty. The others have none, as most accounts.</param>
/// <param name="Stale">What becomes useless on disk.</param>
internal sealed record LayerUpdate(StateChanges Changes, Dictionary<Address, Hash256> StorageRoots, StaleNodes Stale);
