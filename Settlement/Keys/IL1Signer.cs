using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Keys;

/// <summary>A key that signs for L1: transactions of a publisher, publications of a proposer.</summary>
public interface IL1Signer
{
    /// <summary>The key's address.</summary>
    Address Address { get; }

    /// <summary>Signs the Keccak-256 of a message.</summary>
    /// <param name="message">A transaction's signing message, or an EIP-712 envelope.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>A signature that recovers to <see cref="Address"/>, or why there is none.</returns>
    Task<SigningOutcome> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default);
}
