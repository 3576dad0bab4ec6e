using Cloud.Execution.State.Tries;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State;

/// <summary>What some changes make of a trie.</summary>
/// <param name="Changes">The changes; nobody writes to them any more.</param>
/// <param name="Items">The changed accounts' hashed addresses in order, each with its place in the two lists.</param>
/// <param name="Accounts">The changes by place.</param>
/// <param name="StorageRoots">The storage roots after the changes, by place; of accounts that are gone, the empty root.</param>
/// <param name="Places">Place by address, of accounts whose storage changed.</param>
/// <param name="Stale">What becomes useless on disk.</param>
internal sealed record LayerUpdate(
    StateChanges Changes,
    TrieItem[] Items,
    AccountChange[] Accounts,
    Hash256[] StorageRoots,
    Dictionary<Address, int> Places,
    StaleNodes Stale);
