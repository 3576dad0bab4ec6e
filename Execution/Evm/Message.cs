using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Evm;

/// <summary>A call from outside: what is left of a transaction after gas was bought and its nonce was used.</summary>
/// <param name="Caller">Who calls.</param>
/// <param name="To">Who is called; null to create a contract.</param>
/// <param name="Value">Wei to move; the caller has it.</param>
/// <param name="Input">Input of the call, or init code.</param>
/// <param name="Gas">Gas that may be used, at most 2^63 - 1.</param>
/// <param name="Nonce">The nonce that names a new contract; not used otherwise.</param>
public readonly record struct Message(Address Caller, Address? To, UInt256 Value, ReadOnlyMemory<byte> Input, long Gas, ulong Nonce = 0);
