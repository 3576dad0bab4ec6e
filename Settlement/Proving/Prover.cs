using System.Collections.Immutable;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.BlobStores;
using Cloud.Settlement.Contracts;
using Cloud.Settlement.Deployment;
using Cloud.Settlement.Following;
using Cloud.Settlement.Keys;

namespace Cloud.Settlement.Proving;

/// <summary>An attested prover: it follows L1 and nothing else, executes every epoch again and signs its end. Where enough provers have signed, it proves the epoch on L1. Not safe for several threads.</summary>
/// <remarks>Provers find each other's signatures in a store that all of them can reach; nobody trusts it. A verifier of validity proofs takes the place of the signatures without a change elsewhere.</remarks>
public sealed class Prover
{
    private const ulong SubmitGas = 2_000_000;
    private const int ShareLength = CompactSignature.Length;

    private readonly Follower _follower;
    private readonly IL1Signer _key;
    private readonly IBlobStore _shares;
    private readonly L1Sender? _sender;
    private readonly ProverOptions _options;
    private Hash256 _signed;

    /// <summary>Makes a prover.</summary>
    /// <param name="follower">Its own follower.</param>
    /// <param name="key">Its key, one of the verifier's.</param>
    /// <param name="shares">Where provers put their signatures.</param>
    /// <param name="sender">Who pays for proofs; null where another prover submits them.</param>
    /// <param name="options">The rollup and its verifier.</param>
    public Prover(Follower follower, IL1Signer key, IBlobStore shares, L1Sender? sender, ProverOptions options)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(options);
        if (!options.Provers.Contains(key.Address))
        {
            throw new ArgumentException($"The verifier {options.Verifier} does not know the prover {key.Address}. Use the key of a registered prover.", nameof(key));
        }

        _follower = follower;
        _key = key;
        _shares = shares;
        _sender = sender;
        _options = options;
    }

    /// <summary>Its follower.</summary>
    public Follower Follower => _follower;

    /// <summary>Follows L1, signs what is complete, and submits what has enough signatures.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What was done.</returns>
    public async Task<ProverStep> StepAsync(CancellationToken cancellationToken = default)
    {
        ImmutableArray<FollowerEvent> events = await _follower.StepAsync(cancellationToken).ConfigureAwait(false);
        if (!_follower.Progress.IsCaughtUp || _follower.View is not { } view)
        {
            return new ProverStep(events, null, 0, null, null);
        }

        EpochStatement? statement = EpochStatement.Of(
            _options.ChainId, _options.Rollup, _follower.Chain, view.State.Proven.Number, _options.Clock, view.Head.Timestamp);
        if (statement is null)
        {
            return new ProverStep(events, null, 0, null, null);
        }

        try
        {
            if (_signed != statement.Hash && await SignAsync(statement.Hash, cancellationToken).ConfigureAwait(false) is { } problem)
            {
                return new ProverStep(events, statement, 0, null, problem);
            }

            ImmutableSortedDictionary<int, Signature> signatures = await CollectAsync(statement.Hash, cancellationToken).ConfigureAwait(false);
            SenderOutcome? submitted = null;
            if (_sender is not null && signatures.Count >= _options.Threshold)
            {
                CheckpointRecord? next = view.State.At(statement.To + 1)?.Record;
                Bytes data = RollupCalls.SubmitProof(statement.To, statement.Last, next, EpochStatement.Proof(signatures).Span);
                submitted = await _sender.SendAsync(_options.Rollup, data, default, SubmitGas, cancellationToken: cancellationToken).ConfigureAwait(false);
            }

            return new ProverStep(events, statement, signatures.Count, submitted, null);
        }
        catch (IOException exception)
        {
            return new ProverStep(events, statement, 0, null, exception.Message);
        }
    }

    private Hash256 DigestOf(in Hash256 statement) => Keccak256.Hash(RollupDigests.EpochProof(_options.ChainId, _options.Verifier, statement));

    private static Hash256 NameOf(in Hash256 statement, in Address prover)
    {
        Span<byte> bytes = stackalloc byte[Hash256.Length + Address.Length];
        statement.CopyTo(bytes);
        prover.CopyTo(bytes[Hash256.Length..]);
        return Keccak256.Hash(bytes);
    }

    private async Task<string?> SignAsync(Hash256 statement, CancellationToken cancellationToken)
    {
        SigningOutcome outcome = await _key.SignAsync(RollupDigests.EpochProof(_options.ChainId, _options.Verifier, statement), cancellationToken).ConfigureAwait(false);
        if (outcome is not SigningOutcome.Signed signed)
        {
            return ((SigningOutcome.Failed)outcome).Message;
        }

        byte[] share = new byte[ShareLength];
        CompactSignature.From(signed.Signature).CopyTo(share);
        await _shares.PutAsync(NameOf(statement, _key.Address), share, cancellationToken).ConfigureAwait(false);
        _signed = statement;
        return null;
    }

    private async Task<ImmutableSortedDictionary<int, Signature>> CollectAsync(Hash256 statement, CancellationToken cancellationToken)
    {
        Hash256 digest = DigestOf(statement);
        ImmutableSortedDictionary<int, Signature>.Builder found = ImmutableSortedDictionary.CreateBuilder<int, Signature>();
        for (int place = 0; place < _options.Provers.Length && found.Count < _options.Threshold; place++)
        {
            Address prover = _options.Provers[place];
            if (await _shares.GetAsync(NameOf(statement, prover), ShareLength, cancellationToken).ConfigureAwait(false) is { Length: ShareLength } share)
            {
                Signature signature = CompactSignature.Read(share.Span).Expand();
                if (Secp256k1.TryRecover(digest, signature, out Address signer) && signer == prover)
                {
                    found[place] = signature;
                }
            }
        }

        return found.ToImmutable();
    }
}
