using Cloud.Protocol.Messages;
using Cloud.Protocol.Primitives;

namespace Cloud.Protocol.Faults;

/// <summary>An offence that is proven.</summary>
/// <param name="Offender">Who committed it.</param>
/// <param name="Offence">What it is.</param>
/// <param name="Evidence">What proves it.</param>
public sealed record Fault(Address Offender, Offence Offence, Evidence Evidence)
{
    /// <summary>Where.</summary>
    public Duty Position => Evidence.Position;
}
