using Cloud.Testing;
using Microsoft.Extensions.Logging;

namespace Cloud.Load;

internal sealed record LoadOptions(int Validators, int Tps, int Seconds, int Slot, int Chunk, int Flashblock)
{
    internal const int Users = 200;

    internal bool Logs { get; init; }

    /// <summary>Seconds of the same load before what is measured; 0 for one slot of less.</summary>
    internal int WarmUp { get; init; }

    /// <summary>What the killed process runs: slots so long that a process which dies every few seconds has some time in each of them.</summary>
    internal static LoadOptions Killed(int validators, int tps) => new(validators, tps, 0, 36, 2, 200) { RestartTime = TimeSpan.FromSeconds(30) };

    internal TimeSpan RestartTime { get; init; } = PreconfCloudOptions.Quick.RestartTime;

    internal PreconfCloudOptions ToCloud(string folder, Uri? l1 = null) => new()
    {
        Plan = PreconfCloudOptions.Quick with
        {
            Slot = TimeSpan.FromSeconds(Slot),
            Chunk = TimeSpan.FromSeconds(Chunk),
            L1Slot = TimeSpan.FromSeconds(Math.Min(2, Chunk)),
            CommitteeSize = Validators,
            RestartTime = RestartTime,
        },
        DataFolder = folder,
        L1 = l1,
        Accounts = Users,
        FlashblockInterval = TimeSpan.FromMilliseconds(Flashblock),
        LogLevel = Logs ? LogLevel.Debug : LogLevel.Warning,
        Progress = Console.Error.WriteLine,
    };
}
