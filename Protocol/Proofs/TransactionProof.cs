using System.Collections.Immutable;
using Cloud.Protocol.Committees;
using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Proofs;

/// <summary>Everything that shows where a transaction is, to be checked by anybody without asking anybody; what remains to be looked up on L1 is named.</summary>
/// <param name="Context">The rollup.</param>
/// <param name="Transaction">The transaction's hash.</param>
/// <param name="Committee">The committee of the slot's epoch; null where no rung above proposed is shown. Its commitment is what the verifier must trust, or ask L1 for.</param>
/// <param name="Rungs">From the lowest rung up, each at most once. A rung may be missing where its signatures never came here.</param>
public sealed record TransactionProof(SigningContext Context, Hash256 Transaction, Committee? Committee, ImmutableArray<ProofRung> Rungs);
