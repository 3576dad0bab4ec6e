using Cloud.Execution.Evm;
using Cloud.Protocol.Primitives;
using Cloud.Replica.Chains;

namespace Cloud.Replica.Node;

/// <summary>Hashes of the blocks below one, for BLOCKHASH: of the branch in memory, then of the stored chain.</summary>
internal sealed class AncestorHashes(IChainStorage storage)
{
    private const int Depth = 256;

    private Dictionary<Hash256, (ulong Number, Hash256 Parent)> _links = [];

    /// <summary>Makes a block known. Called in turns only; readers get a copy of the part that they need.</summary>
    internal void Add(in Hash256 hash, ulong number, in Hash256 parent) => _links[hash] = (number, parent);

    internal void ForgetBelow(ulong number) => _links = _links.Where(link => link.Value.Number + Depth >= number).ToDictionary();

    /// <summary>The hashes that a block on top of another one can ask for.</summary>
    internal IBlockHashes Above(in Hash256 parent)
    {
        List<Hash256> branch = [];
        ulong top = 0;
        Hash256 at = parent;
        while (branch.Count < Depth && _links.TryGetValue(at, out (ulong Number, Hash256 Parent) link))
        {
            top = branch.Count == 0 ? link.Number : top;
            branch.Add(at);
            at = link.Parent;
        }

        return new Hashes(storage, top, branch);
    }

    private sealed class Hashes(IChainStorage storage, ulong top, List<Hash256> branch) : IBlockHashes
    {
        public Hash256 GetBlockHash(ulong number) =>
            number > top ? default
            : top - number < (ulong)branch.Count ? branch[(int)(top - number)]
            : storage.TryGetBlock(number)?.Hash ?? default;
    }
}
