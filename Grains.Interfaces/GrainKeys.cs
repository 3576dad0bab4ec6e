using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Cloud.Grains.Interfaces.Archives;
using Cloud.Grains.Interfaces.Chunks;
using Cloud.Grains.Interfaces.Committees;
using Cloud.Grains.Interfaces.Faults;
using Cloud.Grains.Interfaces.Publishing;
using Cloud.Grains.Interfaces.Slots;
using Cloud.Grains.Interfaces.Validators;
using Cloud.Protocol.Primitives;

namespace Cloud.Grains.Interfaces;

/// <summary>The keys of the grains, each written in one way. A key from outside is parsed here before a grain is asked for.</summary>
public static class GrainKeys
{
    private const string Rollup = "rollup";

    /// <summary>The grain of a slot.</summary>
    /// <param name="grains">The factory.</param>
    /// <param name="slot">The slot, at most <see cref="long.MaxValue"/>.</param>
    /// <returns>Its reference.</returns>
    public static ISlotGrain Slot(this IGrainFactory grains, ulong slot) => grains.GetGrain<ISlotGrain>(checked((long)slot));

    /// <summary>The grain of a chunk position.</summary>
    /// <param name="grains">The factory.</param>
    /// <param name="slot">The slot.</param>
    /// <param name="index">Index of the chunk.</param>
    /// <returns>Its reference.</returns>
    public static IChunkGrain Chunk(this IGrainFactory grains, ulong slot, uint index) => grains.GetGrain<IChunkGrain>(ChunkKey(slot, index));

    /// <summary>The grain of a validator.</summary>
    /// <param name="grains">The factory.</param>
    /// <param name="validator">Its address.</param>
    /// <returns>Its reference.</returns>
    public static IValidatorGrain Validator(this IGrainFactory grains, in Address validator) => grains.GetGrain<IValidatorGrain>(validator.ToString());

    /// <summary>The grain of an epoch's committee.</summary>
    /// <param name="grains">The factory.</param>
    /// <param name="epoch">The epoch.</param>
    /// <returns>Its reference.</returns>
    public static ICommitteeGrain Committee(this IGrainFactory grains, ulong epoch) => grains.GetGrain<ICommitteeGrain>(checked((long)epoch));

    /// <summary>The rollup's slasher.</summary>
    /// <param name="grains">The factory.</param>
    /// <returns>Its reference.</returns>
    public static ISlasherGrain Slasher(this IGrainFactory grains) => grains.GetGrain<ISlasherGrain>(Rollup);

    /// <summary>The rollup's publisher.</summary>
    /// <param name="grains">The factory.</param>
    /// <returns>Its reference.</returns>
    public static IPublisherGrain Publisher(this IGrainFactory grains) => grains.GetGrain<IPublisherGrain>(Rollup);

    /// <summary>The rollup's archive.</summary>
    /// <param name="grains">The factory.</param>
    /// <returns>Its reference.</returns>
    public static IArchiveGrain Archive(this IGrainFactory grains) => grains.GetGrain<IArchiveGrain>(Rollup);

    /// <summary>Whether a key is the one of the rollup's single grains.</summary>
    /// <param name="key">A key.</param>
    /// <returns>False for any other text.</returns>
    public static bool IsRollup(string key) => key == Rollup;

    /// <summary>The key of a chunk position.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="index">Index of the chunk.</param>
    /// <returns>Such as <c>12/3</c>.</returns>
    public static string ChunkKey(ulong slot, uint index) => string.Create(CultureInfo.InvariantCulture, $"{slot}/{index}");

    /// <summary>Reads the key of a chunk position.</summary>
    /// <param name="key">Any text.</param>
    /// <param name="slot">The slot.</param>
    /// <param name="index">Index of the chunk.</param>
    /// <returns>False where the text is not exactly what <see cref="ChunkKey"/> writes.</returns>
    public static bool TryReadChunk(string? key, out ulong slot, out uint index)
    {
        slot = 0;
        index = 0;
        int bar = key?.IndexOf('/', StringComparison.Ordinal) ?? -1;
        return bar > 0
            && ulong.TryParse(key.AsSpan(0, bar), NumberStyles.None, CultureInfo.InvariantCulture, out slot)
            && uint.TryParse(key.AsSpan(bar + 1), NumberStyles.None, CultureInfo.InvariantCulture, out index)
            && ChunkKey(slot, index) == key;
    }

    /// <summary>Reads the key of a slot or an epoch.</summary>
    /// <param name="key">Any number.</param>
    /// <param name="number">The slot or epoch.</param>
    /// <returns>False for negative numbers.</returns>
    public static bool TryReadNumber(long key, out ulong number)
    {
        number = key < 0 ? 0 : (ulong)key;
        return key >= 0;
    }

    /// <summary>Reads the key of a validator.</summary>
    /// <param name="key">Any text.</param>
    /// <param name="validator">Its address.</param>
    /// <returns>False where the text is not exactly how an address is written.</returns>
    public static bool TryReadValidator([NotNullWhen(true)] string? key, out Address validator) =>
        Address.TryParse(key, null, out validator) && validator.ToString() == key;
}
