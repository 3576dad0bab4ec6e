using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Validators;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Publishing;

namespace Cloud.Silo.Rollups;

/// <summary>Asks the proposer's grain, whose ledger signs once for a slot.</summary>
internal sealed class GrainPublicationSigner(IGrainFactory grains) : IPublicationSigner
{
    public async Task<Signature?> SignAsync(Address proposer, ulong slot, Hash256 payloadHash, Hash256 blobsHash, CancellationToken cancellationToken = default)
    {
        SignReply reply = await grains.Validator(proposer).SignPublication(slot, payloadHash, blobsHash).WaitAsync(cancellationToken);
        return Signature.Decode(reply.Signature, out Signature signature) == SignatureFault.None ? signature : null;
    }
}
