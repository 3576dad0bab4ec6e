using System.Collections.Immutable;
using Cloud.Gateway.Status;
using Cloud.Grains.Interfaces;
using Cloud.Grains.Interfaces.Faults;
using Cloud.Protocol.Tallies;

namespace Cloud.Testing.Operating;

/// <summary>What the slasher was told of slots, for the gateway.</summary>
/// <param name="grains">The grains.</param>
internal sealed class GrainAttendance(IGrainFactory grains) : IAttendanceSource
{
    /// <inheritdoc/>
    public async Task<ImmutableArray<SlotAttendance>> ReadAsync(ulong from, ulong through, CancellationToken cancellationToken = default)
    {
        ISlasherGrain slasher;
        try
        {
            slasher = grains.Slasher();
        }
        catch (ArgumentException)
        {
            // A gateway may have started before the first silo, which alone has this grain.
            return [];
        }

        return
        [
            .. (await slasher.Reports(from, through).WaitAsync(cancellationToken).ConfigureAwait(false))
                .Select(report => new SlotAttendance(report.Slot, [.. report.Members.Select(member => new MemberAttendance(member.Member, member.Attendance, member.At))])),
        ];
    }
}
