using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.State.Tries;

/// <summary>What only few accounts have: code and storage. Leaves of the same account share it while it does not change.</summary>
internal sealed class ContractLeaf
{
    /// <summary>The root node of the storage, where that is in memory. Loaded on demand: what it stands for does not change, so that a race does no harm.</summary>
    public TrieNode? Storage;

    private ContractLeaf(in Hash256 codeHash, in Hash256 storageRoot, TrieNode? storage)
    {
        CodeHash = codeHash;
        StorageRoot = storageRoot;
        Storage = storage;
    }

    public Hash256 CodeHash { get; }

    public Hash256 StorageRoot { get; }

    /// <summary>Code and storage of an account; null where it has neither.</summary>
    public static ContractLeaf? Of(in Hash256 codeHash, in Hash256 storageRoot, TrieNode? storage) =>
        codeHash == Keccak256.OfEmpty && storageRoot == Keccak256.OfEmptyRlpString ? null : new ContractLeaf(in codeHash, in storageRoot, storage);
}
