using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Transactions;

/// <summary>A transaction ready to be sent.</summary>
/// <param name="Transaction">What was signed.</param>
/// <param name="Hash">Its hash, without the blobs.</param>
/// <param name="Raw">Its network form, with the blobs.</param>
public sealed record SignedL1Transaction(L1Transaction Transaction, Hash256 Hash, Bytes Raw);
