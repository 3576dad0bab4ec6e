using Cloud.Protocol.Primitives;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.Keys;

namespace Cloud.Settlement.Deployment;

/// <summary>Deploys a rollup and registers its validators. Each step may be repeated after a failure.</summary>
public sealed class RollupDeployer
{
    private const ulong DeployGas = 9_000_000;
    private const ulong CallGas = 400_000;
    private const ulong TransferGas = 21_000;
    private const ulong SetUpGas = 3_000_000;
    private const ulong WarmGas = 16_000_000;
    private const ulong PlacesPerTransaction = 512;

    private readonly L1Sender _sender;

    /// <summary>Makes a deployer.</summary>
    /// <param name="sender">Who pays.</param>
    public RollupDeployer(L1Sender sender) => _sender = sender;

    /// <summary>Deploys the verifier of attested proofs.</summary>
    /// <param name="provers">Addresses of the provers.</param>
    /// <param name="threshold">How many of them prove.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The outcome; the contract's address is in the receipt.</returns>
    public Task<SenderOutcome> DeployVerifierAsync(IReadOnlyList<Address> provers, int threshold, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(provers);
        AbiTuple list = new();
        foreach (Address prover in provers)
        {
            list.Add(prover);
        }

        byte[] arguments = new AbiTuple().AddArray(list).Add((ulong)threshold).Encode();
        return _sender.SendAsync(null, (byte[])[.. ContractArtifact.AttestedVerifier.CreationCode.Span, .. arguments], default, DeployGas, cancellationToken: cancellationToken);
    }

    /// <summary>Deploys the rollup.</summary>
    /// <param name="parameters">What it fixes for ever.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The outcome; the contract's address is in the receipt.</returns>
    public Task<SenderOutcome> DeployAsync(RollupParameters parameters, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return _sender.SendAsync(null, parameters.CreationData(), default, DeployGas, cancellationToken: cancellationToken);
    }

    /// <summary>Prepares the places of the checkpoint ring, so that the first checkpoints cost as little as the later ones.</summary>
    /// <param name="rollup">The rollup contract.</param>
    /// <param name="ringSize">Its <see cref="RollupParameters.RingSize"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The outcome of the last transaction, or of the first that failed.</returns>
    public async Task<SenderOutcome> WarmAsync(Address rollup, uint ringSize, CancellationToken cancellationToken = default)
    {
        SenderOutcome outcome;
        ulong from = 0;
        do
        {
            ulong to = Math.Min(from + PlacesPerTransaction, ringSize);
            outcome = await _sender.SendAsync(rollup, RollupCalls.WarmRing(from, to), default, WarmGas, cancellationToken: cancellationToken).ConfigureAwait(false);
            from = to;
        }
        while (from < ringSize && outcome is SenderOutcome.Mined);
        return outcome;
    }

    /// <summary>Registers a validator with the sender's money; the sender gets the stake back.</summary>
    /// <param name="rollup">The rollup contract.</param>
    /// <param name="parameters">What it was deployed with.</param>
    /// <param name="validator">The validator's key.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The outcome.</returns>
    public async Task<SenderOutcome> RegisterAsync(Address rollup, RollupParameters parameters, IL1Signer validator, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(validator);
        SigningOutcome signing = await validator.SignAsync(RollupDigests.Registration(parameters.ChainId, rollup, _sender.Address), cancellationToken).ConfigureAwait(false);
        return signing switch
        {
            SigningOutcome.Signed signed => await _sender.SendAsync(
                rollup, RollupCalls.Register(_sender.Address, CompactSignature.From(signed.Signature)), parameters.Stake, CallGas, cancellationToken: cancellationToken).ConfigureAwait(false),
            SigningOutcome.Failed failed => new SenderOutcome.NotSent(failed.Message),
            _ => throw new InvalidOperationException($"Unknown outcome {signing}."),
        };
    }

    /// <summary>Sends money to an account of the L2 through the inbox.</summary>
    /// <param name="rollup">The rollup contract.</param>
    /// <param name="to">The account.</param>
    /// <param name="value">Wei.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What became of it on L1; the L2 follows.</returns>
    public Task<SenderOutcome> DepositAsync(Address rollup, Address to, UInt256 value, CancellationToken cancellationToken = default) =>
        _sender.SendAsync(rollup, RollupCalls.Deposit(to, TransferGas, []), value, CallGas, cancellationToken: cancellationToken);

    /// <summary>Draws the committees that are due in this epoch.</summary>
    /// <param name="rollup">The rollup contract.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The outcome; the committees are in the receipt's events.</returns>
    public Task<SenderOutcome> SetUpEpochAsync(Address rollup, CancellationToken cancellationToken = default) =>
        _sender.SendAsync(rollup, RollupCalls.SetUpEpoch(), default, SetUpGas, cancellationToken: cancellationToken);
}
