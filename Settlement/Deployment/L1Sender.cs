using Cloud.Protocol.Primitives;
using Cloud.Settlement.Keys;
using Cloud.Settlement.L1;
using Cloud.Settlement.Transactions;

namespace Cloud.Settlement.Deployment;

/// <summary>Sends one transaction after the other and waits for each: for deployment and for what is done now and then. Checkpoints go through a publication lane instead.</summary>
public sealed class L1Sender
{
    private static readonly UInt256 MinBlobFeeCap = 1_000_000_000UL;

    private readonly IL1Client _client;
    private readonly IL1Signer _signer;
    private readonly ulong _chainId;
    private readonly TimeSpan _timeout;
    private readonly TimeSpan _poll;
    private readonly TimeProvider _time;

    /// <summary>Makes a sender.</summary>
    /// <param name="client">L1.</param>
    /// <param name="signer">Who pays.</param>
    /// <param name="chainId">L1's chain id.</param>
    /// <param name="timeout">How long a transaction may take to be mined.</param>
    /// <param name="poll">How often its receipt is asked for.</param>
    /// <param name="time">The clock.</param>
    public L1Sender(IL1Client client, IL1Signer signer, ulong chainId, TimeSpan timeout, TimeSpan poll, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(signer);
        _client = client;
        _signer = signer;
        _chainId = chainId;
        _timeout = timeout;
        _poll = poll;
        _time = time;
    }

    /// <summary>Who pays.</summary>
    public Address Address => _signer.Address;

    /// <summary>Sends a transaction and waits until it is mined.</summary>
    /// <param name="to">Whom it calls; null creates a contract.</param>
    /// <param name="data">Calldata, or creation code.</param>
    /// <param name="value">Wei sent along.</param>
    /// <param name="gasLimit">Most gas that it may use.</param>
    /// <param name="sidecar">Its blobs; null for none.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What became of it: mined and good, mined and reverted, or not mined.</returns>
    public async Task<SenderOutcome> SendAsync(
        Address? to, Bytes data, UInt256 value, ulong gasLimit, BlobSidecar? sidecar = null, CancellationToken cancellationToken = default)
    {
        if (!(await _client.GetNonceAsync(Address, BlockTag.Pending, cancellationToken).ConfigureAwait(false)).TryGet(out ulong nonce, out L1Failure? failure)
            || !(await _client.GetPriorityFeeAsync(cancellationToken).ConfigureAwait(false)).TryGet(out UInt256 tip, out failure)
            || !(await _client.GetBlobBaseFeeAsync(cancellationToken).ConfigureAwait(false)).TryGet(out UInt256 blobBaseFee, out failure)
            || !(await _client.GetBlockAsync(BlockTag.Latest, cancellationToken).ConfigureAwait(false)).TryGet(out L1Block? head, out failure)
            || head is null)
        {
            // A node without a newest block gives no failure but null.
            return new SenderOutcome.NotSent(failure?.Message ?? "L1 has no newest block. Wait until the node is in sync.");
        }

        L1Transaction transaction = new()
        {
            ChainId = _chainId,
            Nonce = nonce,
            MaxPriorityFeePerGas = tip,
            MaxFeePerGas = tip + (head.BaseFeePerGas * 2UL),
            MaxFeePerBlobGas = sidecar is null ? default : blobBaseFee * 2UL > MinBlobFeeCap ? blobBaseFee * 2UL : MinBlobFeeCap,
            GasLimit = gasLimit,
            To = to,
            Value = value,
            Data = data,
            Sidecar = sidecar,
        };
        SigningOutcome signing = await _signer.SignAsync(transaction.SigningMessage(), cancellationToken).ConfigureAwait(false);
        if (signing is SigningOutcome.Failed refused)
        {
            return new SenderOutcome.NotSent(refused.Message);
        }

        SignedL1Transaction signed = transaction.With(((SigningOutcome.Signed)signing).Signature);
        if (!(await _client.SendAsync(signed.Raw.Memory, cancellationToken).ConfigureAwait(false)).TryGet(out SendOutcome? sent, out failure))
        {
            return new SenderOutcome.NotSent(failure.Message);
        }

        return sent is SendOutcome.Accepted or SendOutcome.AlreadyKnown
            ? await WaitAsync(signed, cancellationToken).ConfigureAwait(false)
            : new SenderOutcome.NotSent($"L1 did not take the transaction of {Address}: {sent}.");
    }

    private async Task<SenderOutcome> WaitAsync(SignedL1Transaction signed, CancellationToken cancellationToken)
    {
        DateTimeOffset deadline = _time.GetUtcNow() + _timeout;
        while (true)
        {
            // A node that does not answer now may answer before the time is up.
            if ((await _client.GetReceiptAsync(signed.Hash, cancellationToken).ConfigureAwait(false)).TryGet(out L1Receipt? receipt, out _) && receipt is not null)
            {
                return receipt.Succeeded ? new SenderOutcome.Mined(receipt) : new SenderOutcome.Reverted(receipt);
            }

            if (_time.GetUtcNow() >= deadline)
            {
                return new SenderOutcome.NotMined(signed.Hash, _timeout);
            }

            await Task.Delay(_poll, _time, cancellationToken).ConfigureAwait(false);
        }
    }
}
