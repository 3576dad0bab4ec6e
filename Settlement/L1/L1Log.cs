using System.Collections.Immutable;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.L1;

/// <summary>An event of a contract.</summary>
/// <param name="Address">The contract.</param>
/// <param name="Topics">Hash of the event's signature, then its indexed fields.</param>
/// <param name="Data">Its other fields, ABI-encoded.</param>
/// <param name="BlockNumber">Height of the block.</param>
/// <param name="BlockHash">Hash of the block.</param>
/// <param name="TransactionHash">The transaction.</param>
/// <param name="Index">Place in the block's logs.</param>
public sealed record L1Log(
    Address Address, ImmutableArray<Hash256> Topics, Bytes Data, ulong BlockNumber, Hash256 BlockHash, Hash256 TransactionHash, uint Index);
