using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Signing;

/// <summary>Two records of one key at one position: the key may have equivocated already, and an operator has to know.</summary>
/// <param name="Validator">The key's address.</param>
/// <param name="Duty">The position.</param>
/// <param name="Ours">What the ledger has.</param>
/// <param name="Theirs">What the import has.</param>
public sealed record SigningConflict(Address Validator, Duty Duty, Hash256? Ours, Hash256? Theirs);
