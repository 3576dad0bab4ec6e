using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.Publishing;
using Cloud.Settlement.Tests.Support;

namespace Cloud.Settlement.Tests.Rollups;

/// <summary>All validators' keys: signs once for a slot.</summary>
internal sealed class TestProposer(TestRollup rollup) : IPublicationSigner
{
    private readonly Dictionary<ulong, (Hash256, Hash256)> _signed = [];

    public Task<Signature?> SignAsync(Address proposer, ulong slot, Hash256 payloadHash, Hash256 blobsHash, CancellationToken cancellationToken = default)
    {
        if (_signed.TryGetValue(slot, out (Hash256, Hash256) before) && before != (payloadHash, blobsHash))
        {
            return Task.FromResult<Signature?>(null);
        }

        _signed[slot] = (payloadHash, blobsHash);
        byte[] message = RollupDigests.Publication(TestRollup.L2ChainId, rollup.Address, slot, payloadHash, blobsHash);
        return Task.FromResult<Signature?>(Secp256k1.Sign(rollup.KeyOf(proposer), Keccak256.Hash(message)));
    }
}
