using Cloud.Protocol.Primitives;

namespace Cloud.Testing.Load;

/// <summary>A transaction that is not signed yet.</summary>
/// <param name="From">Who sends it.</param>
/// <param name="To">Whom it calls; null creates a contract.</param>
/// <param name="Data">Calldata or creation code.</param>
/// <param name="Gas">Its gas limit.</param>
/// <param name="Value">Wei sent along.</param>
internal sealed record DemoCall(TestAccount From, Address? To, byte[] Data, ulong Gas, ulong Value = 0);
