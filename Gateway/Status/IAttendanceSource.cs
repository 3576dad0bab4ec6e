using System.Collections.Immutable;

namespace Cloud.Gateway.Status;

/// <summary>What the committee's members did, as a host that takes part in the committee knows it. Without one, certificates alone tell who signed.</summary>
public interface IAttendanceSource
{
    /// <summary>Reads what is known.</summary>
    /// <param name="from">First slot.</param>
    /// <param name="through">Last slot.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Lowest slot first; slots that are not known are left out.</returns>
    Task<ImmutableArray<SlotAttendance>> ReadAsync(ulong from, ulong through, CancellationToken cancellationToken = default);
}
