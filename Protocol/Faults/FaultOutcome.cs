using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Faults;

/// <summary>What <see cref="FaultRegister"/> does with evidence.</summary>
public abstract record FaultOutcome
{
    private FaultOutcome()
    {
    }

    /// <summary>It is a new offence: store and forward the evidence.</summary>
    /// <param name="Fault">The offence.</param>
    public sealed record Recorded(Fault Fault) : FaultOutcome;

    /// <summary>The offence is known.</summary>
    public sealed record Duplicate : FaultOutcome;

    /// <summary>It proves nothing.</summary>
    /// <param name="Reason">Why.</param>
    public sealed record NotProven(string Reason) : FaultOutcome;

    /// <summary>The signatures are right; whether the claim is, re-execution has to show first.</summary>
    /// <param name="Offence">The offence, if it is.</param>
    /// <param name="Offender">Who signed.</param>
    public sealed record NeedsReexecution(Offence Offence, Address Offender) : FaultOutcome;

    /// <summary>The offender is one of this node's validators, which it never reports.</summary>
    public sealed record Own : FaultOutcome;

    /// <summary>It is about a slot that is too old.</summary>
    /// <param name="Oldest">The oldest slot that counts.</param>
    public sealed record TooOld(ulong Oldest) : FaultOutcome;

    /// <summary>The slot's evidence takes as much room as it may.</summary>
    /// <param name="Limit">How many offences are kept for a slot.</param>
    public sealed record SlotFull(int Limit) : FaultOutcome;
}
